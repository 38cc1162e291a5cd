// When a world is at rest: every saga has ended and nothing is left to send, to take or to wake.
// That it comes to rest at all, within a limit of virtual time, is a promise of its own.
import type { Clock } from '../../../messaging/clock.ts'
import { epochMs } from '../sim-clock.ts'
import type { World } from './sim-world.ts'

const lookMs = 250
/** From the last fault until everything rests. */
const restMsMax = 600_000
const subjectsShown = 5

export async function awaitRest(world: World, clock: Clock): Promise<void> {
  const { faults, story } = world
  while (!faults.areOver) await clock.wait(lookMs)
  const since = clock.monotonicMs()
  while (clock.monotonicMs() - since < restMsMax) {
    if (restless(world).next().done === true) return
    await clock.wait(lookMs)
  }
  for (const [what, subjects] of Map.groupBy(restless(world), ({ what }) => what)) {
    const shown = subjects.slice(0, subjectsShown).map(({ subject }) => subject)
    story.breach(`liveness.${what}`, `${subjects.length}: ${shown.join('; ')}`)
  }
}

type Restless = { readonly what: string; readonly subject: string }

const endStatuses: ReadonlySet<string> = new Set([
  'completed',
  'compensated',
  'abandoned',
  'terminated',
])

function* restless(world: World): Generator<Restless> {
  const { answers, server, broker, processes, scheduler } = world
  if (answers.waiting > 0) yield { what: 'client waits', subject: `${answers.waiting} clients` }
  for (const { name, isDead } of processes)
    if (isDead) yield { what: 'process down', subject: name }
  const { tables } = server.database('sagas')
  for (const { committed } of tables.sagas.rows.values()) {
    if (committed === null || endStatuses.has(committed.status)) continue
    const { id, name, status, snapshot, wake_at } = committed
    const due = wake_at === null ? 'never' : `${wake_at - epochMs - scheduler.nowMs} ms`
    yield {
      what: 'saga not ended',
      subject: `${id} ${name} is ${status}, due in ${due}: ${snapshot.slice(0, 600)}`,
    }
  }
  for (const table of [
    'timers',
    'publish_batches',
    'held_events',
    'held_starts',
    'locks',
  ] as const) {
    if (tables[table].rows.size > 0)
      yield { what: table, subject: `${tables[table].rows.size} rows` }
  }
  for (const name of ['sagas', 'orders', 'payments', 'works']) {
    const { outbox } = server.database(name).tables
    if (outbox.rows.size > 0)
      yield { what: 'outbox', subject: `${outbox.rows.size} rows of ${name}` }
  }
  for (const group of broker.groups) {
    for (const topic of group.topics) {
      for (const [partition, log] of broker.records(topic).entries()) {
        const committed = Number(group.committedOffset({ topic, partition }))
        if (committed === log.length) continue
        const subject = `${group.id} ${topic}/${partition} at ${committed} of ${log.length}`
        yield { what: 'records not taken', subject }
      }
    }
  }
}
