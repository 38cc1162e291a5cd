// Writes what a batch decided, in one statement: each saga once, its history, its wake-up, and
// the publish batch that remembers what must still reach Kafka.
import type { Statement, Tx } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import { isEnded, type Saga } from '../engine/saga.ts'
import { type HistoryEntry, historyColumns } from './history-entry.ts'
import { textList } from './json-list.ts'
import type { RowCipher } from './row-cipher.ts'
import { snapshotTexts } from './snapshot-texts.ts'

/** A batch whose publication is not confirmed by then is published again by whoever sees it. */
export const publishBatchDueMs = 3_000

const write: Statement = {
  name: 'sagas.write',
  text: `
    with changed as (
      select * from unnest($1::uuid[], $2::text[], $3::int[],
        string_to_array($4, chr(31))::json[], $5::float8[], $6::bool[])
        as changed(id, status, revision, snapshot, wake_at_ms, is_ended)
    ), added as (
      insert into history (saga_id, seq, at, type, status, event, state, facts, batch_id)
      select saga_id, seq, to_timestamp(at_ms / 1000), type, status, event, state, facts, $17::uuid
      from unnest($7::uuid[], $8::int[], $9::float8[], $10::text[], $11::text[],
        string_to_array($12, chr(31))::json[], string_to_array($13, chr(31))::json[],
        string_to_array($14, chr(31))::json[])
        as entry(saga_id, seq, at_ms, type, status, event, state, facts)
    ), woken as (
      insert into timers (saga_id, due_at)
      select id, to_timestamp(wake_at_ms / 1000) from changed where id = any($15::uuid[])
      on conflict (saga_id) do update set due_at = excluded.due_at
    ), slept as (
      delete from timers where saga_id = any($16::uuid[])
    ), batch as (
      insert into publish_batches (id, saga_ids, due_at)
      select $17::uuid, $18::uuid[], clock_timestamp() + $19 * interval '1 ms'
      where cardinality($18::uuid[]) > 0
    )
    update sagas set status = changed.status, revision = changed.revision,
      snapshot = changed.snapshot, wake_at = to_timestamp(changed.wake_at_ms / 1000),
      updated_at = to_timestamp($20::float8 / 1000),
      ended_at = case
        when changed.is_ended and sagas.status = changed.status
        then coalesce(ended_at, to_timestamp($20::float8 / 1000))
        when changed.is_ended then to_timestamp($20::float8 / 1000) end
    from changed where sagas.id = changed.id and sagas.id = any($1::uuid[])`,
}

const migrate: Statement = {
  name: 'sagas.migrate',
  text: `
    update sagas set version = migrated.version, definition_hash = migrated.definition_hash
    from unnest($1::uuid[], $2::int[], $3::text[]) as migrated(id, version, definition_hash)
    where sagas.id = migrated.id and sagas.id = any($1::uuid[])`,
}

export type ChangedSaga = {
  readonly saga: Saga
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
}

/**
 * Not awaited by itself: the commit behind it waits for it.
 * @throws SAGA_TOO_LARGE, at once, before anything is written.
 */
export function writeSagas(tx: Tx, batch: BatchOfChanges): Promise<unknown> {
  const { changed, history, batchId, publishing, now, rows } = batch
  writeMigrated(tx, changed)
  const idsOf = (wake: ChangedSaga['wake']) =>
    changed.filter((change) => change.wake === wake).map(({ saga }) => saga.id)
  return tx.query(write, [
    changed.map(({ saga }) => saga.id),
    changed.map(({ saga }) => saga.status),
    changed.map(({ saga }) => saga.revision),
    textList(snapshotTexts(rows, changed)),
    changed.map(({ wakeAt }) => wakeAt),
    changed.map(({ saga }) => isEnded(saga)),
    ...historyColumns(rows, history),
    idsOf('set'),
    idsOf('drop'),
    batchId,
    publishing,
    publishBatchDueMs,
    now,
  ])
}

/** A statement of its own, so that the usual one does not carry what hardly ever changes. */
function writeMigrated(tx: Tx, changed: readonly ChangedSaga[]): void {
  const migrated = changed.filter(({ definitionHash }) => definitionHash !== undefined)
  if (migrated.length === 0) return
  void tx.query(migrate, [
    migrated.map(({ saga }) => saga.id),
    migrated.map(({ saga }) => saga.version),
    migrated.map(({ definitionHash }) => definitionHash),
  ])
}
