// The statements that start sagas and move them: `sagas.insert`, `sagas.lock`, `sagas.write`,
// `sagas.migrate`. Waits come in the order in which Postgres runs the parts of such a statement:
// what the others depend on first, then the rest of them from the last to the first.
import {
  type Answer,
  answer,
  changed,
  type Execution,
  find,
  insert,
  insertNew,
  lock,
  lockAndRemove,
  put,
  upsert,
  type Waiting,
} from '../sim-statement.ts'
import type { HistoryValue, SagaValue } from '../sim-tables.ts'
import { by, compare, cut, json } from '../sim-values.ts'

type Ids = readonly string[]
type Texts = readonly string[]
type Numbers = readonly number[]
type Nullable<T> = readonly (T | null)[]

/** saga_id, seq, at, type, status, event, state, facts. */
type HistoryColumns = readonly [Ids, Numbers, Numbers, Texts, Texts, string, string, string]

type InsertValues = readonly [
  ids: Ids,
  names: Texts,
  versions: Numbers,
  hashes: Texts,
  statuses: Texts,
  snapshots: string,
  businessKeys: Nullable<string>,
  wakeAts: Nullable<number>,
  areEnded: readonly boolean[],
  keys: Nullable<string>,
  bodyHashes: Nullable<string>,
  ...history: HistoryColumns,
  batchId: string,
  dueMs: number,
  revisions: Numbers,
  correlationIds: Nullable<string>,
  parentIds: Nullable<string>,
  attributes: Nullable<string>,
]

function* insertSagas(on: Execution, values: InsertValues): Waiting<Answer> {
  const { tables } = on.tx.database
  const started = on.now()
  const asked = askedSagas(values)
  const lost = new Set<number>()
  const keyed = asked.filter(({ key }) => key !== null)
  keyed.sort(
    (one, other) => compare(one.name, other.name) || compare(one.key ?? '', other.key ?? ''),
  )
  const won = new Set<string>()
  for (const { name, key, body_hash, id } of keyed) {
    const value = { name, key: key ?? '', body_hash, saga_id: id, created_at: on.now() }
    if (yield* insertNew(on, tables.idempotency_keys, value)) won.add(id)
  }
  asked.forEach(({ key, id }, at) => {
    if (key !== null && !won.has(id)) lost.add(at)
  })
  const joined = asked.filter((_, at) => !lost.has(at))
  const ids = joined.map(({ id }) => id)
  yield* insertBatch(on, { id: values[19], saga_ids: ids, due_at: on.now() + values[20] })
  for (const { id, wake_at } of joined) {
    if (wake_at !== null) yield* insertNew(on, tables.timers, { saga_id: id, due_at: wake_at })
  }
  const joinedIds = new Set(ids)
  for (const entry of historyOf(values.slice(11, 19) as never, values[19])) {
    if (joinedIds.has(entry.saga_id)) yield* insertNew(on, tables.history, entry)
  }
  const lost_ids = asked.filter((_, at) => lost.has(at)).map(({ id }) => id)
  const known: string[] = []
  for (const { key: _key, body_hash: _hash, is_ended, ...saga } of joined) {
    const now = on.now()
    const times = { started_at: started, updated_at: now, ended_at: is_ended ? now : null }
    const isNew = yield* insertNew(on, tables.sagas, { ...saga, ...times })
    if (!isNew) known.push(saga.id)
  }
  return answer([{ lost: lost_ids, known, started_at_ms: started }])
}

function* insertBatch(on: Execution, batch: Batch): Waiting<void> {
  if (batch.saga_ids.length > 0) yield* insertNew(on, on.tx.database.tables.publish_batches, batch)
}

type Batch = { readonly id: string; readonly saga_ids: Ids; readonly due_at: number }

function askedSagas(values: InsertValues) {
  const [ids, names, versions, hashes, statuses, snapshots, businessKeys, wakeAts] = values
  const [, , , , , , , , areEnded, keys, bodyHashes] = values
  const [revisions, correlationIds, parentIds, attributes] = values.slice(21) as [
    Numbers,
    ...Nullable<string>[],
  ]
  const texts = cut(snapshots)
  return ids.map((id, at) => ({
    id,
    name: names[at] as string,
    version: versions[at] as number,
    definition_hash: hashes[at] as string,
    status: statuses[at] as string,
    revision: revisions[at] as number,
    snapshot: texts[at] as string,
    business_key: businessKeys[at] ?? null,
    wake_at: wakeAts[at] ?? null,
    correlation_id: correlationIds?.[at] ?? null,
    parent_id: parentIds?.[at] ?? null,
    attributes: attributes?.[at] ?? null,
    is_ended: areEnded[at] === true,
    key: keys[at] ?? null,
    body_hash: bodyHashes[at] ?? '',
  }))
}

function historyOf(columns: HistoryColumns, batchId: string): readonly HistoryValue[] {
  const [ids, seqs, ats, types, statuses, ...lists] = columns
  const [events = [], states = [], facts = []] = lists.map(cut)
  return ids.map((saga_id, at) => ({
    saga_id,
    seq: seqs[at] as number,
    at: ats[at] as number,
    type: types[at] as string,
    status: statuses[at] as string,
    event: events[at] as string,
    state: states[at] as string,
    facts: facts[at] as string,
    batch_id: batchId,
  }))
}

function* lockSagas(on: Execution, [ids]: readonly [Ids]): Waiting<Answer> {
  const { sagas } = on.tx.database.tables
  const there = [...new Set(ids)].filter((id) => find(on, sagas, id) !== null).sort(compare)
  const locked: SagaValue[] = []
  for (const id of there) {
    const saga = yield* lock(on, sagas, id)
    if (saga !== null) locked.push(saga)
  }
  return answer(locked.map(toLockedRow))
}

function toLockedRow(saga: SagaValue) {
  const { id, name, version, definition_hash, status, revision, business_key } = saga
  return {
    ...{ id, name, version, definition_hash, status, revision },
    snapshot: json(saga.snapshot),
    business_key,
    correlation_id: saga.correlation_id,
    attributes: json(saga.attributes),
    started_at_ms: saga.started_at,
    wake_at_ms: saga.wake_at,
  }
}

type WriteValues = readonly [
  ids: Ids,
  statuses: Texts,
  revisions: Numbers,
  snapshots: string,
  wakeAts: Nullable<number>,
  areEnded: readonly boolean[],
  ...history: HistoryColumns,
  woken: Ids,
  slept: Ids,
  batchId: string,
  publishing: Ids,
  dueMs: number,
  now: number,
  revisionsBefore: Numbers,
  wakeAtsBefore: Nullable<number>,
  isLocked: boolean,
]

function* writeSagas(on: Execution, values: WriteValues): Waiting<Answer> {
  const [ids, , , , wakeAts] = values
  const [woken, slept, batchId, publishing, dueMs] = values.slice(14) as unknown as [
    ...lists: [Ids, Ids],
    batchId: string,
    publishing: Ids,
    dueMs: number,
  ]
  const { tables } = on.tx.database
  const moved = yield* updateSagas(on, values)
  const saga_ids = publishing.filter((id) => moved.has(id))
  yield* insertOneBatch(on, { id: batchId, saga_ids, due_at: on.now() + dueMs })
  for (const id of slept) if (moved.has(id)) yield* lockAndRemove(on, tables.timers, id)
  const wakeIds = new Set(woken)
  for (const [at, id] of ids.entries()) {
    if (!wakeIds.has(id) || !moved.has(id)) continue
    const value = { saga_id: id, due_at: wakeAts[at] as number }
    yield* upsert(on, tables.timers, { value, update: () => value })
  }
  for (const entry of historyOf(values.slice(6, 14) as never, batchId)) {
    if (moved.has(entry.saga_id)) yield* insert(on, tables.history, entry)
  }
  const now_ms = Math.floor(on.now())
  return answer([{ left_out: ids.filter((id) => !moved.has(id)), now_ms }])
}

function* insertOneBatch(on: Execution, batch: Batch): Waiting<void> {
  if (batch.saga_ids.length > 0) yield* insert(on, on.tx.database.tables.publish_batches, batch)
}

function* updateSagas(on: Execution, values: WriteValues): Waiting<ReadonlySet<string>> {
  const [ids, statuses, revisions, snapshots, wakeAts, areEnded] = values
  const [now, revisionsBefore, wakeAtsBefore, isLocked] = values.slice(19) as unknown as [
    now: number,
    revisionsBefore: Numbers,
    wakeAtsBefore: Nullable<number>,
    isLocked: boolean,
  ]
  const { sagas } = on.tx.database.tables
  const texts = cut(snapshots)
  const moved = new Set<string>()
  for (const [at, id] of ids.entries()) {
    const saga = yield* lock(on, sagas, id)
    if (saga === null) continue
    const isAsRead = saga.revision === revisionsBefore[at] && saga.wake_at === wakeAtsBefore[at]
    if (!isLocked && !isAsRead) continue
    const status = statuses[at] as string
    const since = saga.status === status ? (saga.ended_at ?? now) : now
    put(on, sagas, {
      ...saga,
      status,
      revision: revisions[at] as number,
      snapshot: texts[at] as string,
      wake_at: wakeAts[at] ?? null,
      updated_at: now,
      ended_at: areEnded[at] === true ? since : null,
    })
    moved.add(id)
  }
  return moved
}

function* migrateSagas(
  on: Execution,
  [ids, versions, hashes]: readonly [Ids, Numbers, Texts],
): Waiting<Answer> {
  const { sagas } = on.tx.database.tables
  let count = 0
  for (const [at, id] of ids.entries()) {
    const saga = yield* lock(on, sagas, id)
    if (saga === null) continue
    const [version, definition_hash] = [versions[at] as number, hashes[at] as string]
    put(on, sagas, { ...saga, version, definition_hash })
    count += 1
  }
  return changed(count)
}

function readClock(on: Execution): Answer {
  return answer([{ now_ms: Math.floor(on.now()) }])
}

function dueTimers(on: Execution, [limit, except]: readonly [number, Ids]): Answer {
  const now = on.now()
  const left = new Set(except)
  const due: { readonly saga_id: string; readonly due_at: number }[] = []
  for (const row of on.tx.database.tables.timers.rows.values()) {
    const timer = row.holder === on.tx ? row.current : row.committed
    if (timer !== null && timer.due_at <= now && !left.has(timer.saga_id)) due.push(timer)
  }
  due.sort(by(({ due_at }) => due_at))
  const saga_ids = due.slice(0, limit).map(({ saga_id }) => saga_id)
  return answer([{ now_ms: Math.floor(now), saga_ids }])
}

export const sagaWrites = {
  'sagas.insert': insertSagas,
  'sagas.lock': lockSagas,
  'sagas.write': writeSagas,
  'sagas.migrate': migrateSagas,
  'clock.read': readClock,
  'timers.due': dueTimers,
}
