// Random contents of all tables for the comparison of statements. Few different ids and names, so
// that statements hit rows; times are minutes apart, so that no clock decides.
import type { SimTables } from '../simulate/store/sim-tables.ts'
import type { Random } from './random.ts'

export type Contents = { readonly [T in keyof SimTables]: readonly object[] }

/** One is frequent, so that a change often leaves it as it is. */
const statuses = ['running', 'completed', 'completed', 'stuck']

export function randomContents(random: Random): Contents {
  return {
    ...{ sagas: sagas(random), history: history(random), timers: timers(random) },
    publish_batches: publishBatches(random),
    idempotency_keys: idempotencyKeys(random),
    ...{ held_events: heldEvents(random), held_starts: heldStarts(random) },
    ...{ instances: instances(random), locks: locks(random), fence: fences(random) },
    served_topics: servedTopics(random),
    served_definitions: servedDefinitions(random),
    ...{ outbox: outbox(random), dead_letters: deadLetters(random) },
    ...{ orders: orders(random), payments: payments(random) },
  }
}

const maybe = <T>({ flip }: Random, make: () => T): T | null => (flip() ? make() : null)

function sagas(random: Random): readonly object[] {
  const { sagaIds, sagaId, some, flip, time, json, count, text } = random
  const businessKey = () => some(['a', 'a', 'b'])
  return sagaIds.filter(flip).map((id) => ({
    ...{
      id,
      name: some(['gift', 'gift', 'trip']),
      version: count(2),
      definition_hash: some(['h1', 'h2']),
    },
    ...{ status: some(statuses), revision: count(5), snapshot: json() },
    ...{ business_key: maybe(random, businessKey), wake_at: maybe(random, time) },
    ...{ started_at: time(), updated_at: time(), ended_at: maybe(random, time) },
    ...{ correlation_id: maybe(random, text), parent_id: maybe(random, sagaId) },
    attributes: maybe(random, json),
  }))
}

function history(random: Random): readonly object[] {
  const { sagaIds, some, flip, time, json, id } = random
  return sagaIds.flatMap((saga_id) =>
    [1, 2, 3, 4].filter(flip).map((seq) => ({
      ...{ saga_id, seq, at: time(), type: some(['replied', 'migrated']), status: 'running' },
      ...{ event: json(), state: json(), facts: `[${json()}]`, batch_id: maybe(random, id) },
    })),
  )
}

const timers = ({ sagaIds, flip, time }: Random): readonly object[] =>
  sagaIds.filter(flip).map((saga_id) => ({ saga_id, due_at: time() }))

const publishBatches = ({ ids, sagaIds, flip, time }: Random): readonly object[] =>
  ids.filter(flip).map((id) => ({
    ...{ id, saga_ids: sagaIds.filter(flip) },
    due_at: flip() ? time() : Number.POSITIVE_INFINITY,
  }))

function idempotencyKeys({ names, texts, flip, text, sagaId, time }: Random): readonly object[] {
  const keys = names.flatMap((name) => texts.map((key) => ({ name, key })))
  return keys
    .filter(flip)
    .map((key) => ({ ...key, body_hash: text(), saga_id: sagaId(), created_at: time() }))
}

const numbers = ({ range, flip }: Random, length = 8): readonly number[] =>
  range(length)
    .filter(flip)
    .map((at) => at + 1)

function record({ name, count, hour }: Random): string {
  return JSON.stringify({
    ...{ topic: name(), partition: 0, offset: String(count(9)), timestamp: hour },
    ...{ key: null, value: 'YQ==', headers: [[name(), 'YQ==']] },
  })
}

const heldEvents = (random: Random): readonly object[] =>
  numbers(random).map((id) => ({
    ...{ id, saga_id: random.sagaId(), event: random.json(), cause: maybe(random, random.text) },
    ...{ held_at: random.time(), record: maybe(random, () => record(random)) },
  }))

const heldStarts = (random: Random): readonly object[] =>
  numbers(random).map((id) => ({
    ...{ id, name: random.name(), record: record(random), held_at: random.time() },
  }))

const instances = ({ ids, texts, flip, time }: Random): readonly object[] =>
  ids.filter(flip).map((id) => ({ id, definitions: texts.filter(flip), seen_at: time() }))

/** One position a saga, as the product writes them. */
const locks = ({ sagaIds, texts, flip, time }: Random): readonly object[] =>
  sagaIds.flatMap((saga_id, at) =>
    texts.filter(flip).map((key) => ({ key, position: at + 1, saga_id, since: time() })),
  )

function fences(random: Random): readonly object[] {
  const { sagaIds, some, flip, bytes, json, time } = random
  const keys = sagaIds.flatMap((saga_id) => ['s', 't'].map((step) => ({ saga_id, step, visit: 1 })))
  return keys.filter(flip).map((key) => ({
    ...{ ...key, state: some(['asked', 'asked', 'done', 'refused', 'undone', 'blocked']) },
    ...{ body_hash: maybe(random, bytes), undo_body_hash: maybe(random, bytes) },
    ...{ reply: maybe(random, json), events: maybe(random, json) },
    ...{ undo_reply: maybe(random, json), undo_events: maybe(random, json) },
    ...{ created_at: time(), undone_at: maybe(random, time) },
  }))
}

const servedTopics = ({ texts, flip, text, time }: Random): readonly object[] =>
  [...new Set(texts)].filter(flip).map((topic) => ({ topic, service: text(), served_at: time() }))

const servedDefinitions = ({ texts, flip }: Random): readonly object[] =>
  [...new Set(texts)].filter(flip).map((definition) => ({ definition, is_leaving: flip() }))

const outbox = (random: Random): readonly object[] =>
  numbers(random).map((id) => ({
    ...{ id, topic: random.name(), key: random.text(), value: random.text() },
    ...{ headers: JSON.stringify({ [random.name()]: random.text() }), created_at: random.time() },
  }))

function deadLetters(random: Random): readonly object[] {
  const { name, text, bytes, time, hour, some, flip } = random
  return numbers(random, 4).map((id) => ({
    ...{ id, consumer: 'c', topic: 't', partition: 0, record_offset: String(id - 1) },
    ...{ recorded_at: hour, key: maybe(random, bytes), value: maybe(random, bytes) },
    ...{ headers: JSON.stringify([[name(), 'YQ==']]), code: name(), reason: text() },
    ...{ parked_at: time(), state: some(['parked', 'replaying', 'replayed', 'discarded']) },
    ...{ is_sensitive: flip(), edited_value: maybe(random, bytes), edited_headers: null },
    replay_due_at: maybe(random, time),
  }))
}

const business = ({ text, count, time }: Random) => ({
  ...{ customer_id: text(), amount: 1 + count(9), created_at: time(), updated_at: time() },
})

const orders = (random: Random): readonly object[] =>
  random.sagaIds.filter(random.flip).map((saga_id) => ({
    ...{ saga_id, ...business(random), items: random.json() },
    status: random.some(['PENDING', 'COMPLETED', 'CANCELLED']),
  }))

const payments = (random: Random): readonly object[] =>
  random.sagaIds.filter(random.flip).map((saga_id) => ({
    ...{ saga_id, ...business(random), status: random.some(['TAKEN', 'DECLINED', 'REFUNDED']) },
  }))
