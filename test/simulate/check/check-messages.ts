// What must hold of the topics: nothing is on them that no committed transaction sent, the same id
// has the same body, every command was answered after its last repeat, and the lifecycle events of a
// saga have no gap.
import type { IncomingRecord } from '../../../messaging/bus.ts'
import { eventsTopic, repliesTopic, startsTopic } from '../../../messaging/topics.ts'
import { foreignKey } from '../world/chaos.ts'
import type { World } from '../world/sim-world.ts'
import { readText } from './read-records.ts'
import type { SagaRecord } from './saga-records.ts'

export const commandTopics = [
  'orders.commands',
  'payments.commands',
  'works.commands',
  startsTopic,
] as const

export function checkMessages(world: World, records: readonly SagaRecord[]): void {
  checkCommands(world, records)
  checkLifecycle(world, records)
}

export function* recordsOf(
  { broker }: World,
  topics: readonly string[],
): Generator<IncomingRecord> {
  for (const topic of topics) for (const log of broker.records(topic)) yield* log
}

function checkCommands(world: World, records: readonly SagaRecord[]): void {
  const { story } = world
  const sent = sentCommands(records)
  const bodies = new Map<string, Buffer>()
  const isToBeAnswered = answersRepeats(records)
  const lastAt = new Map<string, number>()
  for (const record of recordsOf(world, commandTopics)) {
    if (readText(record, 'ce_direction') === '') continue
    const id = readText(record, 'ce_id')
    const sending = `${id}#${readText(record, 'ce_attempt')}`
    if (!sent.has(sending)) story.breach('command.ghost', sending)
    const value = record.value ?? Buffer.alloc(0)
    const known = bodies.get(id)
    if (known === undefined) bodies.set(id, value)
    else {
      story.seen('duplicate command')
      if (!known.equals(value)) story.breach('command.body-differs', id)
    }
    lastAt.set(id, Math.max(lastAt.get(id) ?? 0, record.timestamp.getTime()))
  }
  const answeredAt = new Map<string, number>()
  const replies = new Set<string>()
  const foreign = new Set<string>()
  for (const record of recordsOf(world, [repliesTopic])) {
    const id = readText(record, 'ce_causationid')
    if (record.key?.toString() === foreignKey) foreign.add(id)
    const key = `${id}#${readText(record, 'ce_attempt')}`
    if (replies.has(key)) story.seen('duplicate reply')
    replies.add(key)
    answeredAt.set(id, Math.max(answeredAt.get(id) ?? 0, record.timestamp.getTime()))
  }
  for (const [id, at] of lastAt) {
    const answered = answeredAt.get(id)
    if (answered === undefined) {
      // A child that is taken back answers that, and nothing else.
      const undo = id.replace('/do/', '/undo/')
      if (!isOfChild(id) || !answeredAt.has(undo)) story.breach('command.unanswered', id)
    } else if (answered < at && isToBeAnswered(id, at))
      story.breach('command.repeat-unanswered', id)
  }
  for (const id of answeredAt.keys()) {
    if (id !== '' && !lastAt.has(id) && !foreign.has(id)) story.breach('reply.ghost', id)
  }
}

/** A child saga that lives answers at its end, not at each repeat. */
function answersRepeats(records: readonly SagaRecord[]): (id: string, at: number) => boolean {
  const endedAt = new Map<string, number>()
  for (const { saga, endedAt: at } of records) {
    if (saga.parent !== null) endedAt.set(saga.parent.commandId, at ?? Infinity)
  }
  return (id, at) => !isOfChild(id) || at > (endedAt.get(id) ?? Infinity)
}

function isOfChild(id: string): boolean {
  return id.includes('/child/')
}

function sentCommands(records: readonly SagaRecord[]): ReadonlySet<string> {
  const sent = new Set<string>()
  for (const { saga, history } of records) {
    for (const { facts } of history) {
      for (const { type, step, direction, visit, attempt } of facts) {
        if (type === 'command.sent') sent.add(`${saga.id}/${step}/${direction}/${visit}#${attempt}`)
      }
    }
  }
  return sent
}

function checkLifecycle(world: World, records: readonly SagaRecord[]): void {
  const { story } = world
  const bodies = new Map<string, Buffer>()
  for (const record of recordsOf(world, [eventsTopic])) {
    const id = readText(record, 'ce_id')
    const value = record.value ?? Buffer.alloc(0)
    const known = bodies.get(id)
    if (known === undefined) bodies.set(id, value)
    else if (!known.equals(value)) story.breach('event.body-differs', id)
  }
  let wanted = 0
  for (const { saga } of records) {
    for (let seq = 1; seq <= saga.sequence; seq += 1) {
      wanted += 1
      if (!bodies.has(`${saga.id}/event/${seq}`))
        story.breach('event.lost', `${saga.id}/event/${seq}`)
    }
  }
  if (bodies.size > wanted) story.breach('event.ghost', `${bodies.size} events of ${wanted}`)
}
