// The statements of the table `instances`, as the simulated store carries them out.
import {
  type Answer,
  answer,
  changed,
  type Execution,
  isFree,
  lockAndRemove,
  remove,
  scan,
  seen,
  upsert,
  type Waiting,
} from '../sim-statement.ts'

type BeatValues = readonly [
  id: string,
  definitions: readonly string[],
  countedMs: number,
  keptMs: number,
]

/** What it reads is as it was before; the long dead that somebody holds stay for the next time. */
function* beat(on: Execution, [id, definitions, countedMs, keptMs]: BeatValues): Waiting<Answer> {
  const { instances } = on.tx.database.tables
  const others = scan(on, instances, () => true)
  const counted = on.now() - countedMs
  const alive = scan(on, instances, (one) => one.id !== id && one.seen_at > counted)
  const different = new Map(alive.map((one) => [JSON.stringify(one.definitions), one]))
  const kept = on.now() - keptMs
  for (const row of [...instances.rows.values()]) {
    const one = isFree(on, row) ? seen(on, row) : null
    if (one !== null && one.id !== id && one.seen_at < kept) remove(on, instances, one.id)
  }
  yield* upsert(on, instances, {
    value: { id, definitions: [...definitions], seen_at: on.now() },
    update: (known) => ({ ...known, seen_at: on.now() }),
  })
  yield* serve(on, new Set([...others.flatMap((one) => one.definitions), ...definitions]))
  return answer([...different.values()].map((one) => ({ definitions: [...one.definitions] })))
}

function* serve(on: Execution, definitions: ReadonlySet<string>): Waiting<void> {
  for (const definition of [...definitions].toSorted()) {
    yield* upsert(on, on.tx.database.tables.served_definitions, {
      value: { definition, is_leaving: false },
      update: (known) => ({ ...known, is_leaving: false }),
    })
  }
}

function* removeOne(on: Execution, [id]: readonly [string]): Waiting<Answer> {
  return changed((yield* lockAndRemove(on, on.tx.database.tables.instances, id)) ? 1 : 0)
}

export const instanceStatements = { 'instances.beat': beat, 'instances.delete': removeOne }
