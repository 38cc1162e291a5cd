// The statements of `locks`, the queues of semantic locks, and the wake-ups that they write.
import {
  type Answer,
  answer,
  changed,
  type Execution,
  insert,
  lockAndRemove,
  scan,
  upsert,
  type Waiting,
} from '../sim-statement.ts'
import type { LockValue } from '../sim-tables.ts'
import { keyOf } from '../sim-tables.ts'
import { by, compare } from '../sim-values.ts'

type Ids = readonly string[]

const slotCount = 1_024

/** Another hash than that of Postgres: other names share a slot, just as rarely. */
function slotOf(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  }
  return (hash >>> 0) % slotCount
}

function* serialize(on: Execution, [names]: readonly [readonly string[]]): Waiting<Answer> {
  const slots = [...new Set(names.map(slotOf))].sort(compare)
  for (const slot of slots) {
    for (;;) {
      const holder = on.tx.takeAdvisory(`slot ${slot}`)
      if (holder === null) break
      yield holder
    }
  }
  return answer(slots.map(() => ({ pg_advisory_xact_lock: '' })))
}

type QueueValues = readonly [arriving: Ids, wantedIds: Ids, wantedKeys: readonly string[]]

function* queue(on: Execution, [arriving, wantedIds, wantedKeys]: QueueValues): Waiting<Answer> {
  const { database } = on.tx
  const { locks } = database.tables
  const there = new Set(scan(on, locks, () => true).map(({ saga_id }) => saga_id))
  const positions = new Map<string, number>()
  for (const id of arriving) {
    if (there.has(id)) continue
    database.lockPosition += 1
    positions.set(id, database.lockPosition)
  }
  let count = 0
  for (const [at, saga_id] of wantedIds.entries()) {
    const position = positions.get(saga_id)
    if (position === undefined) continue
    yield* insert(on, locks, { key: wantedKeys[at] as string, position, saga_id, since: on.now() })
    count += 1
  }
  return changed(count)
}

/** Who is next in a queue is read before anything is waited for, as all that a statement sees. */
function* release(on: Execution, [ids]: readonly [Ids]): Waiting<Answer> {
  const { locks } = on.tx.database.tables
  const leaving = new Set(ids)
  const before = scan(on, locks, () => true)
  const mine = before.filter(({ saga_id }) => leaving.has(saga_id))
  const released: LockValue[] = []
  for (const one of mine) {
    if (yield* lockAndRemove(on, locks, keyOf(one.key, one.position))) released.push(one)
  }
  const others = before.filter(({ saga_id }) => !leaving.has(saga_id)).sort(byPosition)
  const heads = new Set<string>()
  for (const [key, gone] of Map.groupBy(released, ({ key }) => key)) {
    const first = Math.min(...gone.map(({ position }) => position))
    const head = others.find((one) => one.key === key)
    if (head !== undefined && first < head.position) heads.add(head.saga_id)
  }
  return answer([...heads].map((saga_id) => ({ saga_id })))
}

const byPosition = by<LockValue>(({ position }) => position)

function holders(on: Execution, [ids]: readonly [Ids]): Answer {
  const all = scan(on, on.tx.database.tables.locks, () => true)
  const first = new Map<string, number>()
  for (const { key, position } of all) {
    first.set(key, Math.min(position, first.get(key) ?? position))
  }
  const asked = new Set(ids)
  const mine = all.filter(({ saga_id }) => asked.has(saga_id))
  const holding = [...Map.groupBy(mine, ({ saga_id }) => saga_id)].filter(([, places]) =>
    places.every(({ key, position }) => first.get(key) === position),
  )
  return answer(holding.map(([saga_id]) => ({ saga_id })))
}

function* wake(on: Execution, [ids]: readonly [Ids]): Waiting<Answer> {
  const { timers } = on.tx.database.tables
  for (const saga_id of [...ids].sort(compare)) {
    const value = { saga_id, due_at: on.now() }
    yield* upsert(on, timers, {
      value,
      update: (known) => ({ saga_id, due_at: Math.min(known.due_at, value.due_at) }),
    })
  }
  return changed(ids.length)
}

export const lockStatements = {
  'locks.serialize': serialize,
  'locks.queue': queue,
  'locks.release': release,
  'locks.holders': holders,
  'locks.wake': wake,
}
