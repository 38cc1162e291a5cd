// Writes what a batch decided, in one statement: each saga once, its history, its wake-up, and
// the publish batch that remembers what must still reach Kafka.
import type { Queries, Statement } from '../../messaging/db.ts'
import { invariant } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import { isEnded, type Saga } from '../engine/saga.ts'
import { type HistoryEntry, historyColumns } from './history-entry.ts'
import { textList } from './json-list.ts'
import { type KeptRow, keptRow } from './recent-sagas.ts'
import type { RowCipher } from './row-cipher.ts'
import type { StoredSaga } from './saga-rows.ts'
import { snapshotTexts } from './snapshot-texts.ts'

/** A batch whose publication is not confirmed by then is published again by whoever sees it. */
export const publishBatchDueMs = 3_000

/**
 * A saga that is not as it was read any more is left out, with its history and its wake-up. The
 * subqueries in `is true` are hashed once; Postgres would make joins of them otherwise, and a batch
 * is planned without hash joins. `to_publish` is materialized, or it would be made twice.
 */
const write: Statement = {
  name: 'sagas.write',
  text: `
    with given as (
      select * from unnest($1::uuid[], $2::text[], $3::int[],
        string_to_array($4, chr(31))::json[], $5::float8[], $6::bool[], $21::int[], $22::float8[])
        as given(id, status, revision, snapshot, wake_at_ms, is_ended, revision_before,
          wake_at_ms_before)
    ), moved as (
      update sagas set status = given.status, revision = given.revision,
        snapshot = given.snapshot, wake_at = to_timestamp(given.wake_at_ms / 1000),
        updated_at = to_timestamp($20::float8 / 1000),
        ended_at = case
          when given.is_ended and sagas.status = given.status
          then coalesce(ended_at, to_timestamp($20::float8 / 1000))
          when given.is_ended then to_timestamp($20::float8 / 1000) end
      from given where sagas.id = given.id
        and ($23 or sagas.revision = given.revision_before
          and (extract(epoch from sagas.wake_at) * 1000)::float8
            is not distinct from given.wake_at_ms_before)
      returning sagas.id
    ), added as (
      insert into history (saga_id, seq, at, type, status, event, state, facts, batch_id)
      select saga_id, seq, to_timestamp(at_ms / 1000), type, status, event, state, facts, $17::uuid
      from unnest($7::uuid[], $8::int[], $9::float8[], $10::text[], $11::text[],
        string_to_array($12, chr(31))::json[], string_to_array($13, chr(31))::json[],
        string_to_array($14, chr(31))::json[])
        as entry(saga_id, seq, at_ms, type, status, event, state, facts)
      where (saga_id in (select id from moved)) is true
    ), woken as (
      insert into timers (saga_id, due_at)
      select id, to_timestamp(wake_at_ms / 1000) from given
      where id = any($15::uuid[]) and (id in (select id from moved)) is true
      on conflict (saga_id) do update set due_at = excluded.due_at
    ), slept as (
      delete from timers
      where saga_id = any(array(select id from moved where id = any($16::uuid[])))
    ), to_publish as materialized (
      select array(
        select id from unnest($18::uuid[]) as publishing(id)
        where (id in (select id from moved)) is true) as ids
    ), batch as (
      insert into publish_batches (id, saga_ids, due_at)
      select $17::uuid, ids, clock_timestamp() + $19 * interval '1 ms'
      from to_publish where cardinality(ids) > 0
    )
    select array(select id from given where (id in (select id from moved)) is not true) as left_out,
      floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms`,
}

const migrate: Statement = {
  name: 'sagas.migrate',
  text: `
    update sagas set version = migrated.version, definition_hash = migrated.definition_hash
    from unnest($1::uuid[], $2::int[], $3::text[]) as migrated(id, version, definition_hash)
    where sagas.id = migrated.id`,
}

export type ChangedSaga = {
  readonly saga: Saga
  /** As it was read. */
  readonly before: StoredSaga
  /** Of the definition that it has from now on; only there when that changed. */
  readonly definitionHash?: string
  /** The wake-up to be set in `timers`; `keep` leaves the one that is there. */
  readonly wakeAt: number | null
  readonly wake: 'set' | 'drop' | 'keep'
  /** It took data in, so that the limit of its size counts. */
  readonly grows: boolean
}

export type BatchOfChanges = {
  /** By the clock of Postgres, read under the locks. */
  readonly now: number
  readonly changed: readonly ChangedSaga[]
  readonly history: readonly HistoryEntry[]
  readonly batchId: string
  readonly rows: RowCipher
  /** The sagas that have something to publish: every one with history. */
  readonly publishing: readonly SagaId[]
  /** They are as they were read; else those that are not so any more are left out. */
  readonly isLocked: boolean
}

type WriteRow = { readonly left_out: readonly SagaId[]; readonly now_ms: number }

export type Written = {
  /** The rows of those that were as they were read, as they are now. */
  readonly moved: readonly KeptRow[]
  /** By the clock of Postgres. */
  readonly now: number
}

/**
 * In a transaction it need not be awaited: the commit behind it waits for it. One statement, unless
 * a saga migrates.
 * @throws SAGA_TOO_LARGE, at once, before anything is written.
 */
export function writeSagas(on: Queries, batch: BatchOfChanges): Promise<Written> {
  const { history, batchId, publishing, isLocked, now, rows } = batch
  // As every other lock of sagas is taken, so that two batches never wait for each other in a circle.
  const changed = batch.changed.toSorted((one, other) => (one.saga.id < other.saga.id ? -1 : 1))
  const texts = snapshotTexts(rows, changed)
  const migrated = changed.filter(({ definitionHash }) => definitionHash !== undefined)
  // Alone they would be two transactions.
  invariant(isLocked || migrated.length === 0, 'a saga migrates under its lock')
  if (migrated.length > 0) writeMigrated(on, migrated)
  const idsOf = (wake: ChangedSaga['wake']) =>
    changed.filter((change) => change.wake === wake).map(({ saga }) => saga.id)
  const written = on.query<WriteRow>(write, [
    changed.map(({ saga }) => saga.id),
    changed.map(({ saga }) => saga.status),
    changed.map(({ saga }) => saga.revision),
    textList(texts),
    changed.map(({ wakeAt }) => wakeAt),
    changed.map(({ saga }) => isEnded(saga)),
    ...historyColumns(rows, history),
    idsOf('set'),
    idsOf('drop'),
    batchId,
    publishing,
    publishBatchDueMs,
    now,
    changed.map(({ before }) => before.saga.revision),
    changed.map(({ before }) => before.wakeAt),
    isLocked,
  ])
  return written.then(({ rows: [row] }) => {
    invariant(row, 'Postgres did not tell what was written')
    const leftOut = new Set(row.left_out)
    const kept = changed.map((change, index) => toKeptRow(change, texts[index] ?? ''))
    return { moved: kept.filter(({ id }) => !leftOut.has(id)), now: row.now_ms }
  })
}

function toKeptRow(
  { saga, before, wakeAt, definitionHash = before.definitionHash }: ChangedSaga,
  text: string,
): KeptRow {
  return keptRow(saga, { ...before, definitionHash, wakeAt, text })
}

/** A statement of its own, so that the usual one does not carry what hardly ever changes. */
function writeMigrated(on: Queries, migrated: readonly ChangedSaga[]): void {
  void on.query(migrate, [
    migrated.map(({ saga }) => saga.id),
    migrated.map(({ saga }) => saga.version),
    migrated.map(({ definitionHash }) => definitionHash),
  ])
}
