// What must hold of records that are no commands of a saga: poison is parked by everybody who takes
// its topic, and a signal is in its saga's history or among the dead letters.
import type { IncomingRecord } from '../../../messaging/bus.ts'
import { repliesTopic, signalsTopic, startsTopic } from '../../../messaging/topics.ts'
import { foreignKey, poisonKey } from '../world/chaos.ts'
import type { World } from '../world/sim-world.ts'
import { readText } from './read-records.ts'
import type { SagaRecord } from './saga-records.ts'

/** By topic: whose dead letters it is parked in. */
const takers: Readonly<Record<string, string>> = {
  'orders.commands': 'orders',
  'payments.commands': 'payments',
  'works.commands': 'works',
  [repliesTopic]: 'sagas',
  [startsTopic]: 'sagas',
  [signalsTopic]: 'sagas',
}

export function checkTaken(world: World, records: readonly SagaRecord[]): void {
  const { story, broker } = world
  const parked = parkedPlaces(world)
  const signals = takenSignals(records)
  const replies = takenReplies(records)
  for (const [topic, database] of Object.entries(takers)) {
    for (const log of broker.records(topic)) {
      for (const record of log) {
        const { partition, offset } = record
        const isParked = parked.has(`${database} ${topic}/${partition}/${offset}`)
        if (isParked) continue
        const key = record.key?.toString()
        if (key === poisonKey || key === foreignKey) {
          story.breach('poison.not-parked', `${topic}/${partition}/${offset}`)
        }
        if (topic === repliesTopic && key !== poisonKey && key !== foreignKey) {
          const reply = replyOf(record)
          if (!replies.has(reply)) story.breach('reply.not-taken', reply)
        }
        if (topic !== signalsTopic || key === poisonKey) continue
        const signal = `${key}/${readText(record, 'ce_id')}`
        if (!signals.has(signal)) story.breach('signal.lost', signal)
      }
    }
  }
}

function parkedPlaces({ server }: World): ReadonlySet<string> {
  const places = new Set<string>()
  for (const database of new Set(Object.values(takers))) {
    for (const letter of server.database(database).tables.dead_letters.committed()) {
      const { topic, partition, record_offset } = letter
      places.add(`${database} ${topic}/${partition}/${record_offset}`)
    }
  }
  return places
}

function takenSignals(records: readonly SagaRecord[]): ReadonlySet<string> {
  const taken = new Set<string>()
  for (const { saga, history } of records) {
    for (const { event } of history) {
      if (event.type === 'signalled') taken.add(`${saga.id}/${event.id}`)
    }
  }
  return taken
}

function replyOf(record: IncomingRecord): string {
  const texts = ['ce_causationid', 'ce_attempt', 'ce_outcome'].map((name) => readText(record, name))
  return texts.join(' ')
}

/** Also those that changed nothing: they are recorded. */
function takenReplies(records: readonly SagaRecord[]): ReadonlySet<string> {
  const taken = new Set<string>()
  for (const { history } of records) {
    for (const { event } of history) {
      if (event.type !== 'replied') continue
      taken.add(`${event.commandId} ${event.attempt} ${event.outcome}`)
    }
  }
  return taken
}
