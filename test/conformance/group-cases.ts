// What members of consumer groups owe each other: marks, going on, handing over, stopping.
import { expect } from 'vitest'
import { type BusCase, numbered, partitions, range, untilAll } from './bus-world.ts'
import { createGate, createSubscriber, settled, sleep, until } from './subscriber.ts'

export const groupCases: readonly BusCase[] = [
  {
    name: 'a record that was not settled comes again to the next subscription',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const first = createSubscriber()
      const never = createGate()
      first.react = async (records) => ({
        settled: records.some(({ value }) => String(value) === '1')
          ? never.passed
          : settled.settled,
      })
      const key = 'one-key'
      const subscription = await subscribe(topic, first, { batchRecordsMax: 1 })
      for (const value of ['0', '1', '2']) await bus.publish([{ topic, key, value, headers: {} }])
      await until('all have come', () => first.values().length === 3)
      const stopping = subscription.stop()
      never.open()
      await stopping
      const second = createSubscriber()
      await subscribe(topic, second)
      await bus.publish([{ topic, key, value: '3', headers: {} }])
      await until('the last has come', () => second.values().includes('3'))
      // Settled while it stopped, so nothing is left to repeat.
      expect(second.values()).toEqual(['3'])
    },
  },
  {
    name: 'offsets are not marked before the work is settled',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const groupId = `group.${topic}`
      const first = createSubscriber()
      const failing = Promise.reject(new Error('never published'))
      failing.catch(() => undefined)
      first.react = async (records) => ({
        settled: records.some(({ value }) => String(value) === '1') ? failing : settled.settled,
      })
      const key = 'one-key'
      const subscription = await subscribe(topic, first, { batchRecordsMax: 1 })
      for (const value of ['0', '1', '2']) await bus.publish([{ topic, key, value, headers: {} }])
      await until('all have come', () => first.values().length === 3)
      await subscription.stop()
      const second = createSubscriber()
      await subscribe(topic, second, { groupId })
      await until('the unsettled came again', () => second.values().includes('2'))
      expect(second.values()).toEqual(['1', '2'])
    },
  },
  {
    name: 'the lag of a group is what it has not marked, also while nobody is in it',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const groupId = `group.${topic}`
      await bus.publish(numbered(topic, 0, 5))
      const { [topic]: lag = 0 } = await bus.lag(groupId, [topic])
      // A topic that was just made may refuse a partition at first; then some records are there twice.
      expect(lag).toBeGreaterThanOrEqual(5)
      const subscriber = createSubscriber()
      const subscription = await subscribe(topic, subscriber)
      await until('all have come', () => subscriber.records.length >= lag)
      await subscription.stop()
      await bus.publish(numbered(topic, 5, 7))
      expect(await bus.lag(groupId, [topic])).toEqual({ [topic]: 2 })
    },
  },
  {
    name: 'a new subscription goes on where the last one stopped',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const first = createSubscriber()
      const subscription = await subscribe(topic, first)
      await bus.publish(numbered(topic, 0, 50))
      await until('all have come', () => first.values().length === 50)
      await subscription.stop()
      await bus.publish(numbered(topic, 50, 60))
      const second = createSubscriber()
      await subscribe(topic, second)
      await until('the rest has come', () => second.values().length === 10)
      await sleep(300)
      expect(
        second
          .values()
          .map(Number)
          .toSorted((a, b) => a - b),
      ).toEqual(range(50, 60))
    },
  },
  {
    name: 'two members share the partitions, and one that leaves hands over',
    run: async ({ bus, connect, createTopic, subscribe }) => {
      const topic = await createTopic()
      const groupId = `group.${topic}`
      const [first, second] = [createSubscriber(), createSubscriber()]
      await subscribe(topic, first, { groupId })
      const leaving = await subscribe(topic, second, { groupId, on: await connect() })
      let published = 0
      while (first.records.length === 0 || second.records.length === 0) {
        await bus.publish(numbered(topic, published, published + 8))
        published += 8
        await sleep(20)
      }
      await untilAll(published, first, second)
      const before = first.records.length
      await leaving.stop()
      const inFlight = published
      await bus.publish(numbered(topic, published, published + 40))
      published += 40
      await untilAll(published, first, second)
      const seen = new Set(first.records.slice(before).map(({ partition }) => partition))
      expect(seen.size).toBe(partitions)
      expect(second.values().every((value) => Number(value) < inFlight)).toBe(true)
    },
  },
  {
    name: 'two groups each get every record',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const [first, second] = [createSubscriber(), createSubscriber()]
      await subscribe(topic, first, { groupId: `a.${topic}` })
      await subscribe(topic, second, { groupId: `b.${topic}` })
      await bus.publish(numbered(topic, 0, 20))
      await until('all have come', () => first.values().length + second.values().length === 40)
    },
  },
  {
    name: 'stop waits for the handler, and nothing is handed over after it',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const subscriber = createSubscriber()
      subscriber.react = async () => {
        await sleep(200)
        return settled
      }
      const subscription = await subscribe(topic, subscriber, { batchRecordsMax: 1 })
      await bus.publish(numbered(topic, 0, 50))
      await until('a handler runs', () => subscriber.running === 1)
      await Promise.all([subscription.stop(), subscription.stop()])
      expect(subscriber.running).toBe(0)
      expect(subscription.problem()).not.toBeNull()
      const handled = subscriber.batches.length
      await sleep(400)
      expect(subscriber.batches).toHaveLength(handled)
    },
  },
]
