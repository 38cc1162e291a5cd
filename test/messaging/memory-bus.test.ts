// What the bus in memory offers beyond the contract: crashes, kills, a look at topics.
import { expect, test } from 'vitest'
import { createMemoryBroker } from '../../testing/memory-bus.ts'
import { createGate, createSubscriber, settled, until } from '../conformance/subscriber.ts'

const topic = 'orders.commands'
const record = (value: string) => ({ topic, key: 'k', value, headers: {} })

async function createWorld() {
  const broker = createMemoryBroker()
  const [one, two] = [broker.connect(), broker.connect()]
  await Promise.all([one.start(), two.start()])
  await one.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1 }])
  return { broker, one, two }
}

const options = { groupId: 'group', topics: [topic], batchRecordsMax: 1 }

test('what a crashed process had not settled comes to the next one', async () => {
  const { broker, one, two } = await createWorld()
  const [first, second] = [createSubscriber(), createSubscriber()]
  const gate = createGate()
  first.react = async (records) =>
    String(records[0]?.value) === 'a' ? settled : { settled: gate.passed }
  await one.subscribe({ ...options, handle: first.handle })
  await one.publish([record('a'), record('b')])
  await until('both were taken', () => first.records.length === 2)
  expect(broker.committed('group', topic)).toEqual([1n])
  one.crash()
  await two.subscribe({ ...options, handle: second.handle })
  await until('the second came again', () => second.values().join() === 'b')
  gate.open()
  await until('it is marked', () => broker.committed('group', topic)[0] === 2n)
  await expect(one.publish([record('c')])).rejects.toMatchObject({ code: 'BUS_STOPPED' })
  await two.stop()
})

test('while the broker is away nothing is confirmed and nothing comes, and then it does', async () => {
  const { broker, one, two } = await createWorld()
  const subscriber = createSubscriber()
  const subscription = await two.subscribe({ ...options, handle: subscriber.handle })
  broker.kill()
  const published = one.publish([record('a')])
  await expect(published).rejects.toMatchObject({ code: 'PUBLISH_UNCONFIRMED' })
  expect([await one.problem(), subscription.problem()]).not.toContain(null)
  broker.start()
  await one.publish([record('b')])
  await until('it has come', () => subscriber.values().join() === 'b')
  expect([await one.problem(), subscription.problem()]).toEqual([null, null])
  await Promise.all([one.stop(), two.stop()])
})
