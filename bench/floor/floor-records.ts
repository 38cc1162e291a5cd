// The records of the floor: the product's bytes, prepared once, with nothing in them but the step.
// Frozen, as floor.ts is.
import type { Batch, Message, TopicMessages } from 'kafkajs'

/** A saga at one of its steps (1: create order, 2: take payment, 3: complete order). */
export type Passing = { readonly id: string; readonly step: number; readonly partition: number }

export const lastStep = 3

export type FloorTopics = Readonly<Record<'orders' | 'payments' | 'replies' | 'events', string>>

/** Value and headers of a record together, as the product has them. */
const command = prepared(500)
const reply = prepared(478)
const domainEvent = prepared(425)
const lifecycleEvent = prepared(600)

/** By step. */
function prepared(bytes: number): readonly Buffer[] {
  return Array.from({ length: lastStep + 1 }, (_, step) => Buffer.alloc(bytes, String(step)))
}

export function stepOf(batch: Batch): readonly Passing[] {
  const { partition } = batch
  return batch.messages.map(({ key, value }) => ({
    id: key?.toString('latin1') ?? '',
    step: (value?.[0] ?? 0) - 48,
    partition,
  }))
}

/** What a start or a reply brings about: the next command, and lifecycle events, two at the end. */
export function commandsOf(topics: FloorTopics, batch: readonly Passing[]): TopicMessages[] {
  const toOrders: Message[] = []
  const toPayments: Message[] = []
  const events: Message[] = []
  for (const one of batch) {
    events.push(message(one, lifecycleEvent))
    if (one.step > lastStep) events.push(message(one, lifecycleEvent))
    else if (one.step === 2) toPayments.push(message(one, command))
    else toOrders.push(message(one, command))
  }
  return [
    { topic: topics.orders, messages: toOrders },
    { topic: topics.payments, messages: toPayments },
    { topic: topics.events, messages: events },
  ].filter(({ messages }) => messages.length > 0)
}

/** What a command brings about: its reply, and a domain event. */
export function repliesOf(topics: FloorTopics, batch: readonly Passing[]): TopicMessages[] {
  return [
    { topic: topics.replies, messages: batch.map((one) => message(one, reply)) },
    { topic: topics.events, messages: batch.map((one) => message(one, domainEvent)) },
  ]
}

function message({ id, step, partition }: Passing, values: readonly Buffer[]): Message {
  return { key: id, value: values[step] ?? values[0] ?? null, partition }
}
