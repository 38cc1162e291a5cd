// Starts a batch of sagas in one statement, usually its own transaction. A saga joins only when
// its idempotency key was won; running it again with the same ids changes nothing.
import type { Db, Statement } from '../../messaging/db.ts'
import { invariant } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import { isEnded, type Saga } from '../engine/saga.ts'
import { type HistoryEntry, historyColumns } from './history-entry.ts'
import { textList } from './json-list.ts'
import { type KeptRow, keptRow } from './recent-sagas.ts'
import type { RowCipher } from './row-cipher.ts'
import type { Attributes } from './saga-rows.ts'
import { snapshotTexts } from './snapshot-texts.ts'
import { publishBatchDueMs } from './write-sagas.ts'

const insert: Statement = {
  name: 'sagas.insert',
  text: `
    with asked as (
      select * from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[],
        string_to_array($6, chr(31))::json[], $7::text[], $8::float8[], $9::bool[], $10::text[],
        $11::text[], $22::int[], $23::text[], $24::uuid[], $25::text[])
        as asked(id, name, version, definition_hash, status, snapshot, business_key, wake_at_ms,
          is_ended, key, body_hash, revision, correlation_id, parent_id, attributes)
    ), won as (
      insert into idempotency_keys (name, key, body_hash, saga_id)
      select name, key, body_hash, id from asked where key is not null order by name, key
      on conflict do nothing
      returning saga_id
    ), joined as (
      select * from asked where key is null or id in (select saga_id from won)
    ), inserted as (
      insert into sagas (id, name, version, definition_hash, status, revision, snapshot,
        business_key, wake_at, started_at, ended_at, correlation_id, parent_id, attributes)
      select id, name, version, definition_hash, status, revision, snapshot, business_key,
        to_timestamp(wake_at_ms / 1000), statement_timestamp(),
        case when is_ended then clock_timestamp() end,
        correlation_id, parent_id, attributes::jsonb
      from joined on conflict do nothing
      returning id
    ), added as (
      insert into history (saga_id, seq, at, type, status, event, state, facts, batch_id)
      select saga_id, seq, to_timestamp(at_ms / 1000), type, entry.status, event, state, facts,
        $20::uuid
      from unnest($12::uuid[], $13::int[], $14::float8[], $15::text[], $16::text[],
        string_to_array($17, chr(31))::json[], string_to_array($18, chr(31))::json[],
        string_to_array($19, chr(31))::json[])
        as entry(saga_id, seq, at_ms, type, status, event, state, facts)
      where saga_id in (select id from joined) on conflict do nothing
    ), woken as (
      insert into timers (saga_id, due_at)
      select id, to_timestamp(wake_at_ms / 1000) from joined where wake_at_ms is not null
      on conflict do nothing
    ), batch as (
      insert into publish_batches (id, saga_ids, due_at)
      select $20::uuid, array_agg(id), clock_timestamp() + $21 * interval '1 ms'
      from joined having count(*) > 0
      on conflict do nothing
    )
    select
      array(select id from asked where (id in (select id from joined)) is not true) as lost,
      array(select id from joined where (id in (select id from inserted)) is not true) as known,
      (extract(epoch from statement_timestamp()) * 1000)::float8 as started_at_ms`,
}

export type NewSaga = {
  readonly saga: Saga
  /** Its first entries: the start, and what came in the same transaction. */
  readonly history: readonly HistoryEntry[]
  readonly definitionHash: string
  readonly businessKey: string | null
  readonly correlationId: string | null
  readonly attributes: Attributes
  readonly wakeAt: number | null
  readonly key: string | null
  readonly bodyHash: string | null
}

export type BatchOfStarts = {
  readonly batchId: string
  readonly sagas: readonly NewSaga[]
  readonly rows: RowCipher
}

type InsertRow = {
  readonly lost: readonly SagaId[]
  readonly known: readonly SagaId[]
  readonly started_at_ms: number
}

export type Inserted = {
  /** The others lost their key to an earlier request. */
  readonly joined: ReadonlySet<SagaId>
  /** The rows of those that were not there before. */
  readonly rows: readonly KeptRow[]
}

/** @throws SAGA_TOO_LARGE before anything is written. */
export async function insertSagas(
  db: Pick<Db, 'query'>,
  { batchId, sagas, rows: cipher }: BatchOfStarts,
): Promise<Inserted> {
  const texts = snapshotTexts(
    cipher,
    sagas.map(({ saga }) => ({ saga, grows: true })),
  )
  const { rows } = await db.query<InsertRow>(insert, [
    sagas.map(({ saga }) => saga.id),
    sagas.map(({ saga }) => saga.name),
    sagas.map(({ saga }) => saga.version),
    sagas.map(({ definitionHash }) => definitionHash),
    sagas.map(({ saga }) => saga.status),
    textList(texts),
    sagas.map(({ businessKey }) => businessKey),
    sagas.map(({ wakeAt }) => wakeAt),
    sagas.map(({ saga }) => isEnded(saga)),
    sagas.map(({ key }) => key),
    sagas.map(({ bodyHash }) => bodyHash),
    ...historyColumns(
      cipher,
      sagas.flatMap(({ history }) => history),
    ),
    batchId,
    publishBatchDueMs,
    sagas.map(({ saga }) => saga.revision),
    sagas.map(({ correlationId }) => correlationId),
    sagas.map(({ saga }) => saga.parent?.sagaId ?? null),
    sagas.map(({ attributes }) => attributesColumn(attributes)),
  ])
  const [row] = rows
  invariant(row, 'Postgres did not tell what was inserted')
  const [lost, known] = [new Set(row.lost), new Set(row.known)]
  const startedAt = row.started_at_ms
  const kept = sagas.map((one, index) => {
    return keptRow(one.saga, { ...one, startedAt, text: texts[index] ?? '' })
  })
  const joined = kept.filter(({ id }) => !lost.has(id))
  return {
    joined: new Set(joined.map(({ id }) => id)),
    rows: joined.filter(({ id }) => !known.has(id)),
  }
}

/** Most sagas have none, and then neither column nor index has anything of it. */
function attributesColumn(attributes: Attributes): string | null {
  return Object.keys(attributes).length === 0 ? null : JSON.stringify(attributes)
}
