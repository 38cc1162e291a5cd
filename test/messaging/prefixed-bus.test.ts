// The bus of a cell: whole names on the wire, short ones inside, also where something is missing.
import { expect, test } from 'vitest'
import { prefixedBus } from '../../messaging/kafka/prefixed-bus.ts'
import { createMemoryBroker } from '../../testing/memory-bus.ts'
import { createSubscriber, until } from '../conformance/subscriber.ts'

const topic = 'orders.commands'
const spec = { name: topic, partitions: 1, replicationFactor: 1 }

async function createWorld() {
  const broker = createMemoryBroker()
  const wire = broker.connect()
  const [north, south] = [broker.connect(), broker.connect()]
  await Promise.all([wire, north, south].map((bus) => bus.start()))
  return { broker, wire, north: prefixedBus(north, 'north.'), south: prefixedBus(south, 'south.') }
}

test('what one cell sends comes to its own readers, and a stranger sees whole names', async () => {
  const { broker, wire, north, south } = await createWorld()
  await Promise.all([north.ensureTopics([spec]), south.ensureTopics([spec])])
  const [inNorth, inSouth, stranger] = [createSubscriber(), createSubscriber(), createSubscriber()]
  const reading = { groupId: 'orders', topics: [topic], batchRecordsMax: 10 }
  await north.subscribe({ ...reading, handle: inNorth.handle })
  await south.subscribe({ ...reading, handle: inSouth.handle })
  const whole = { ...reading, groupId: 'stranger', topics: [`north.${topic}`] }
  await wire.subscribe({ ...whole, handle: stranger.handle })
  const headers = { ce_id: 'c-1', ce_replyto: 'sagaline.replies' }
  await north.publish([{ topic, key: 'k', value: 'to the north', headers }])
  await south.publish([{ topic, key: 'k', value: 'to the south', headers: {} }])
  await until('all have come', () => inNorth.records.length + stranger.records.length === 2)
  await until('the other cell has its own', () => inSouth.records.length === 1)
  expect(inNorth.values()).toEqual(['to the north'])
  expect(inNorth.records[0]?.topic).toBe(topic)
  expect(String(inNorth.records[0]?.headers['ce_replyto'])).toBe('sagaline.replies')
  expect(stranger.records[0]?.topic).toBe(`north.${topic}`)
  expect(String(stranger.records[0]?.headers['ce_replyto'])).toBe('north.sagaline.replies')
  await until('it is marked', () => broker.committed('north.orders', `north.${topic}`)[0] === 1n)
  expect(await north.lag('orders', [topic])).toEqual({ [topic]: 0 })
  expect(await north.edges([topic])).toEqual({ [topic]: [{ low: 0, high: 1 }] })
})

test('whoever handles a missing topic knows it by its short name, its text has the whole one', async () => {
  const { north } = await createWorld()
  const published = north.publish([{ topic, key: 'k', value: 'v', headers: {} }])
  await expect(published).rejects.toMatchObject({
    code: 'TOPIC_MISSING',
    details: { topic },
    message: expect.stringContaining(`north.${topic}`),
  })
})
