// The tables of the product as rows in memory, and how rows become what `pg` reads. Times are in
// ms since the epoch, JSON is kept as the text that was written, ids of identity columns are numbers.
import { SimTable } from './sim-table.ts'

export type SagaValue = {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly definition_hash: string
  readonly status: string
  readonly revision: number
  readonly snapshot: string
  readonly business_key: string | null
  readonly wake_at: number | null
  readonly started_at: number
  readonly updated_at: number
  readonly ended_at: number | null
  readonly correlation_id: string | null
  readonly parent_id: string | null
  readonly attributes: string | null
}

export type HistoryValue = {
  readonly saga_id: string
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly status: string
  readonly event: string
  readonly state: string
  readonly facts: string
  readonly batch_id: string | null
}

export type TimerValue = { readonly saga_id: string; readonly due_at: number }

export type BatchValue = {
  readonly id: string
  readonly saga_ids: readonly string[]
  readonly due_at: number
}

export type KeyValue = {
  readonly name: string
  readonly key: string
  readonly body_hash: string
  readonly saga_id: string
  readonly created_at: number
}

export type HeldEventValue = {
  readonly id: number
  readonly saga_id: string
  readonly event: string
  readonly cause: string | null
  readonly held_at: number
  readonly record: string | null
}

export type HeldStartValue = {
  readonly id: number
  readonly name: string
  readonly record: string
  readonly held_at: number
}

export type InstanceValue = {
  readonly id: string
  readonly definitions: readonly string[]
  readonly seen_at: number
}

export type ServedDefinitionValue = { readonly definition: string; readonly is_leaving: boolean }

export type LockValue = {
  readonly key: string
  readonly position: number
  readonly saga_id: string
  readonly since: number
}

export type FenceValue = {
  readonly saga_id: string
  readonly step: string
  readonly visit: number
  readonly state: string
  readonly body_hash: Buffer | null
  readonly undo_body_hash: Buffer | null
  readonly reply: string | null
  readonly events: string | null
  readonly undo_reply: string | null
  readonly undo_events: string | null
  readonly created_at: number
  readonly undone_at: number | null
}

export type ServedTopicValue = {
  readonly topic: string
  readonly service: string
  readonly served_at: number
}

export type OutboxValue = {
  readonly id: number
  readonly topic: string
  readonly key: string
  readonly headers: string
  readonly value: string
  readonly created_at: number
}

export type LetterValue = {
  readonly id: number
  readonly consumer: string
  readonly topic: string
  readonly partition: number
  readonly record_offset: string
  readonly recorded_at: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: string
  readonly code: string
  readonly reason: string
  readonly parked_at: number
  readonly state: string
  readonly is_sensitive: boolean
  readonly edited_value: Buffer | null
  readonly edited_headers: string | null
  readonly replay_due_at: number | null
}

export type OrderValue = {
  readonly saga_id: string
  readonly customer_id: string
  readonly amount: number
  readonly items: string
  readonly status: string
  readonly created_at: number
  readonly updated_at: number
}

export type PaymentValue = Omit<OrderValue, 'items'>

const byId = (value: { readonly id: string | number }) => String(value.id)
const bySaga = (value: { readonly saga_id: string }) => value.saga_id

export const keyOf = (...parts: readonly (string | number)[]): string => parts.join('\n')

const letterKey = (one: Omit<LetterValue, 'id'>) =>
  keyOf(one.consumer, one.topic, one.partition, one.record_offset, one.recorded_at)

export type SimTables = ReturnType<typeof createTables>

export function createTables() {
  return {
    sagas: new SimTable<SagaValue>({ name: 'sagas', keyOf: byId }),
    history: new SimTable<HistoryValue>({
      name: 'history',
      keyOf: ({ saga_id, seq }) => keyOf(saga_id, seq),
      groupOf: bySaga,
    }),
    timers: new SimTable<TimerValue>({ name: 'timers', keyOf: bySaga }),
    publish_batches: new SimTable<BatchValue>({ name: 'publish_batches', keyOf: byId }),
    idempotency_keys: new SimTable<KeyValue>({
      name: 'idempotency_keys',
      keyOf: ({ name, key }) => keyOf(name, key),
    }),
    held_events: new SimTable<HeldEventValue>({ name: 'held_events', keyOf: byId }),
    held_starts: new SimTable<HeldStartValue>({ name: 'held_starts', keyOf: byId }),
    instances: new SimTable<InstanceValue>({ name: 'instances', keyOf: byId }),
    served_definitions: new SimTable<ServedDefinitionValue>({
      name: 'served_definitions',
      keyOf: ({ definition }) => definition,
    }),
    locks: new SimTable<LockValue>({
      name: 'locks',
      keyOf: ({ key, position }) => keyOf(key, position),
    }),
    fence: new SimTable<FenceValue>({
      name: 'fence',
      keyOf: ({ saga_id, step, visit }) => keyOf(saga_id, step, visit),
    }),
    served_topics: new SimTable<ServedTopicValue>({
      name: 'served_topics',
      keyOf: ({ topic }) => topic,
    }),
    outbox: new SimTable<OutboxValue>({ name: 'outbox', keyOf: byId }),
    dead_letters: new SimTable<LetterValue>({ name: 'dead_letters', keyOf: letterKey }),
    orders: new SimTable<OrderValue>({ name: 'orders', keyOf: bySaga }),
    payments: new SimTable<PaymentValue>({ name: 'payments', keyOf: bySaga }),
  }
}
