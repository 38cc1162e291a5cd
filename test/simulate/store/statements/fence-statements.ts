// The statements of the participant's `fence`, and the one of `served_topics` beside it.
import {
  type Answer,
  answer,
  changed,
  type Execution,
  find,
  insert,
  lock,
  remove,
  scan,
  upsert,
  type Waiting,
} from '../sim-statement.ts'
import { type FenceValue, keyOf } from '../sim-tables.ts'
import { by, json } from '../sim-values.ts'

type Texts = readonly string[]
type Bytes = readonly (Buffer | null)[]
type NullableTexts = readonly (string | null)[]
type Keys = readonly [sagaIds: Texts, steps: Texts, visits: readonly number[]]

const keysOf = ([sagaIds, steps, visits]: Keys): Texts =>
  sagaIds.map((id, at) => keyOf(id, steps[at] as string, visits[at] as number))

function* lockFences(on: Execution, columns: Keys): Waiting<Answer> {
  const { fence } = on.tx.database.tables
  const there = keysOf(columns).filter((key) => find(on, fence, key) !== null)
  const locked: FenceValue[] = []
  for (const key of there) {
    const row = yield* lock(on, fence, key)
    if (row !== null) locked.push(row)
  }
  return answer(
    locked.map(({ saga_id, state, body_hash, undo_body_hash, ...answered }) => ({
      ...{ saga_id, state, body_hash, undo_body_hash },
      reply: json(answered.reply),
      events: json(answered.events),
      undo_reply: json(answered.undo_reply),
      undo_events: json(answered.undo_events),
    })),
  )
}

const unseen = {
  body_hash: null,
  undo_body_hash: null,
  reply: null,
  events: null,
  undo_reply: null,
  undo_events: null,
  undone_at: null,
}

type InsertColumns = readonly [
  ...keys: Keys,
  states: Texts,
  bodyHashes: Bytes,
  undoBodyHashes: Bytes,
  replies: NullableTexts,
  events: NullableTexts,
]

function* insertFences(on: Execution, columns: InsertColumns): Waiting<Answer> {
  const [sagaIds, steps, visits, states, bodyHashes, undoBodyHashes, replies, events] = columns
  for (const [at, saga_id] of sagaIds.entries()) {
    yield* insert(on, on.tx.database.tables.fence, {
      ...unseen,
      saga_id,
      step: steps[at] as string,
      visit: visits[at] as number,
      state: states[at] as string,
      body_hash: bodyHashes[at] ?? null,
      undo_body_hash: undoBodyHashes[at] ?? null,
      reply: replies[at] ?? null,
      events: events[at] ?? null,
      created_at: on.now(),
    })
  }
  return changed(sagaIds.length)
}

type SettledValues = readonly [
  ...key: readonly [sagaId: string, step: string, visit: number],
  state: string,
  reply: string,
  events: string | null,
]

function* settleAsked(
  on: Execution,
  [sagaId, step, visit, state, reply, events]: SettledValues,
): Waiting<Answer> {
  const { fence } = on.tx.database.tables
  const key = keyOf(sagaId, step, visit)
  if (find(on, fence, key)?.state !== 'asked') return changed(0)
  const row = yield* lock(on, fence, key)
  if (row?.state !== 'asked') return changed(0)
  yield* upsert(on, fence, { value: row, update: (known) => ({ ...known, state, reply, events }) })
  return changed(1)
}

type UndoColumns = readonly [
  ...keys: Keys,
  hashes: Bytes,
  replies: NullableTexts,
  events: NullableTexts,
]

function* markUndone(on: Execution, columns: UndoColumns): Waiting<Answer> {
  const [sagaIds, steps, visits, hashes, replies, events] = columns
  for (const [at, saga_id] of sagaIds.entries()) {
    const undone = {
      state: 'undone',
      undo_body_hash: hashes[at] ?? null,
      undo_reply: replies[at] ?? null,
      undo_events: events[at] ?? null,
    }
    const [step, visit] = [steps[at] as string, visits[at] as number]
    yield* upsert(on, on.tx.database.tables.fence, {
      value: { ...unseen, saga_id, step, visit, ...undone, created_at: on.now() },
      update: (known) => ({ ...known, ...undone, undone_at: on.now() }),
    })
  }
  return changed(sagaIds.length)
}

type OldValues = readonly [belowSagaId: string, ageSeconds: number, limit: number]

/** One that changes during a wait is another version of the row, and stays. */
function* deleteOld(on: Execution, [below, ageSeconds, limit]: OldValues): Waiting<Answer> {
  const { fence } = on.tx.database.tables
  const before = on.now() - ageSeconds * 1_000
  const old = scan(on, fence, ({ saga_id, created_at }) => saga_id < below && created_at < before)
  let count = 0
  for (const one of old.sort(by(({ saga_id }) => saga_id)).slice(0, limit)) {
    const key = keyOf(one.saga_id, one.step, one.visit)
    if ((yield* lock(on, fence, key)) !== one) continue
    remove(on, fence, key)
    count += 1
  }
  return changed(count)
}

function* serveTopics(on: Execution, [topics, service]: readonly [Texts, string]): Waiting<Answer> {
  for (const topic of topics.toSorted()) {
    const served = { service, served_at: on.now() }
    yield* upsert(on, on.tx.database.tables.served_topics, {
      value: { topic, ...served },
      update: (known) => ({ ...known, ...served }),
    })
  }
  return changed(topics.length)
}

export const fenceStatements = {
  'participant-lock-fences': lockFences,
  'participant-insert-fences': insertFences,
  'participant-settle-asked': settleAsked,
  'participant-mark-undone': markUndone,
  'participant-delete-old-fences': deleteOld,
  'participant-serve-topics': serveTopics,
}
