// The statements of the table `fence`, each for a whole wave. Called by `run-wave.ts` and
// `fence-cleaner.ts`.
import type { Db, Tx } from '../messaging/db.ts'
import type { CommandKey, SagaId } from '../messaging/message.ts'
import type { FenceRow, FenceState, StoredEvent } from './fence.ts'

export type FenceKey = Omit<CommandKey, 'direction'>

/**
 * Locks the rows that exist, in the order of the keys. The lateral join forces one index look-up
 * per key: a plain join, prepared while the table was empty, would scan all of it ever after.
 */
const lockFencesSql = {
  name: 'participant-lock-fences',
  text: `
    select f.*
    from unnest($1::uuid[], $2::text[], $3::integer[]) as k (saga_id, step, visit)
    cross join lateral (
      select saga_id, state, body_hash, undo_body_hash, reply, events, undo_reply, undo_events
      from fence
      where saga_id = k.saga_id and step = k.step and visit = k.visit
      limit 1
      for update
    ) f`,
}

/** By saga id, which is enough: a wave has one command of a saga. */
export async function lockFences(
  tx: Tx,
  keys: readonly FenceKey[],
): Promise<ReadonlyMap<SagaId, FenceRow>> {
  const { rows } = await tx.query<StoredRow>(lockFencesSql, [
    keys.map((key) => key.sagaId),
    keys.map((key) => key.step),
    keys.map((key) => key.visit),
  ])
  return new Map(rows.map((row) => [row.saga_id, toFenceRow(row)]))
}

export type NewFence = FenceKey & {
  readonly state: 'asked' | 'done' | 'refused' | 'blocked'
  readonly bodyHash: Buffer | null
  readonly undoBodyHash: Buffer | null
  readonly reply: string | null
  readonly events: string | null
}

/**
 * Without `on conflict`: a row that another transaction won must fail this one, with the commit
 * already sent behind it. `isFenceRace` recognises that failure.
 */
const insertFencesSql = {
  name: 'participant-insert-fences',
  text: `
    insert into fence (saga_id, step, visit, state, body_hash, undo_body_hash, reply, events)
    select * from unnest(
      $1::uuid[], $2::text[], $3::integer[], $4::text[],
      $5::bytea[], $6::bytea[], $7::json[], $8::json[]
    )`,
}

export async function insertFences(tx: Tx, fences: readonly NewFence[]): Promise<void> {
  await tx.query(insertFencesSql, [
    fences.map((fence) => fence.sagaId),
    fences.map((fence) => fence.step),
    fences.map((fence) => fence.visit),
    fences.map((fence) => fence.state),
    fences.map((fence) => fence.bodyHash),
    fences.map((fence) => fence.undoBodyHash),
    fences.map((fence) => fence.reply),
    fences.map((fence) => fence.events),
  ])
}

/** True when another transaction inserted one of the same fence rows first. */
export function isFenceRace(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, constraint } = error as { readonly code?: unknown; readonly constraint?: unknown }
  return code === '23505' && constraint === 'fence_pkey'
}

export type SettledFence = FenceKey & {
  readonly state: 'done' | 'refused'
  readonly reply: string
  readonly events: string | null
}

/** Of a row that is locked. */
const settleAskedSql = {
  name: 'participant-settle-asked',
  text: `
    update fence set state = $4, reply = $5::json, events = $6::json
    where saga_id = $1 and step = $2 and visit = $3 and state = 'asked'`,
}

export async function settleAsked(tx: Tx, fence: SettledFence): Promise<void> {
  const { sagaId, step, visit, state, reply, events } = fence
  await tx.query(settleAskedSql, [sagaId, step, visit, state, reply, events])
}

export type UndoneFence = FenceKey & {
  readonly undoBodyHash: Buffer
  readonly undoReply: string
  readonly undoEvents: string | null
}

/** An upsert of rows that exist and are locked: the unique index finds them in any plan. */
const markUndoneSql = {
  name: 'participant-mark-undone',
  text: `
    insert into fence (saga_id, step, visit, state, undo_body_hash, undo_reply, undo_events)
    select u.saga_id, u.step, u.visit, 'undone', u.hash, u.reply, u.events
    from unnest($1::uuid[], $2::text[], $3::integer[], $4::bytea[], $5::json[], $6::json[])
      as u (saga_id, step, visit, hash, reply, events)
    on conflict (saga_id, step, visit) do update
    set state = 'undone', undone_at = clock_timestamp(), undo_body_hash = excluded.undo_body_hash,
        undo_reply = excluded.undo_reply, undo_events = excluded.undo_events`,
}

export async function markUndone(tx: Tx, fences: readonly UndoneFence[]): Promise<void> {
  await tx.query(markUndoneSql, [
    fences.map((fence) => fence.sagaId),
    fences.map((fence) => fence.step),
    fences.map((fence) => fence.visit),
    fences.map((fence) => fence.undoBodyHash),
    fences.map((fence) => fence.undoReply),
    fences.map((fence) => fence.undoEvents),
  ])
}

const deleteOldFencesSql = {
  name: 'participant-delete-old-fences',
  text: `
    delete from fence
    where ctid = any(array(
      select ctid from fence
      where saga_id < $1 and created_at < clock_timestamp() - make_interval(secs => $2)
      order by saga_id
      limit $3
    ))`,
}

/** Deletes at most `rowsMax` rows older than `ageMs` of sagas with a lower id; returns how many. */
export async function deleteOldFences(
  db: Db,
  options: { readonly belowSagaId: string; readonly ageMs: number; readonly rowsMax: number },
): Promise<number> {
  const { belowSagaId, ageMs, rowsMax } = options
  return (await db.query(deleteOldFencesSql, [belowSagaId, ageMs / 1000, rowsMax])).rowCount
}

type StoredRow = {
  readonly saga_id: SagaId
  readonly state: string
  readonly body_hash: Buffer | null
  readonly undo_body_hash: Buffer | null
  readonly reply: unknown
  readonly events: readonly StoredEvent[] | null
  readonly undo_reply: unknown
  readonly undo_events: readonly StoredEvent[] | null
}

function toFenceRow(row: StoredRow): FenceRow {
  return {
    state: row.state as FenceState,
    bodyHash: row.body_hash,
    undoBodyHash: row.undo_body_hash,
    reply: row.reply,
    events: row.events ?? [],
    undoReply: row.undo_reply,
    undoEvents: row.undo_events ?? [],
  }
}
