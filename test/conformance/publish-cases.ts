// What publishing promises and refuses, and the life of a bus.
import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { type BusCase, numbered } from './bus-world.ts'
import { createSubscriber, settled, sleep, until } from './subscriber.ts'

export const publishCases: readonly BusCase[] = [
  {
    name: 'publishing to a missing topic fails at once and says so',
    run: async ({ bus }) => {
      const topic = `missing.${randomUUID()}`
      const started = performance.now()
      const published = bus.publish([{ topic, key: 'a', value: 'b', headers: {} }])
      await expect(published).rejects.toMatchObject({ code: 'TOPIC_MISSING' })
      expect(performance.now() - started).toBeLessThan(5_000)
    },
  },
  {
    name: 'subscribing to a missing topic fails at once and says so',
    run: async ({ bus }) => {
      const topics = [`missing.${randomUUID()}`]
      const subscribed = bus.subscribe({
        groupId: 'any',
        topics,
        batchRecordsMax: 1,
        handle: async () => settled,
      })
      await expect(subscribed).rejects.toMatchObject({ code: 'TOPIC_MISSING' })
    },
  },
  {
    name: 'a record that is too large is refused, and the bus goes on',
    run: async ({ bus, createTopic }) => {
      const topic = await createTopic()
      const value = 'x'.repeat(201 * 1024)
      const published = bus.publish([{ topic, key: 'a', value, headers: {} }])
      await expect(published).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
      await bus.publish(numbered(topic, 0, 1))
    },
  },
  {
    name: 'a publication far above the broker’s limit of a batch arrives whole',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const subscriber = createSubscriber()
      await subscribe(topic, subscriber)
      const big = numbered(topic, 0, 40).map((record) => ({
        ...record,
        value: `${String(record.value)}.${'x'.repeat(100 * 1024)}`,
      }))
      await bus.publish(big)
      await until('all have come', () => subscriber.values().length === 40)
    },
  },
  {
    name: 'records published apart arrive like others',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const subscriber = createSubscriber()
      await subscribe(topic, subscriber)
      const all = numbered(topic, 0, 8)
      const halves = [all.slice(0, 4), all.slice(4)]
      await Promise.all(halves.map((half) => bus.publish(half, { isApart: true })))
      await until('all have come', () => subscriber.values().length === all.length)
      expect(subscriber.values().toSorted()).toEqual(all.map(({ value }) => value).toSorted())
    },
  },
  {
    name: 'a stopped bus refuses work and can be stopped again',
    run: async ({ bus, connect, createTopic, subscribe }) => {
      const stopped = await connect()
      expect(await stopped.problem()).toBeNull()
      const topic = await createTopic()
      const subscriber = createSubscriber()
      await subscribe(topic, subscriber, { on: stopped })
      await stopped.stop()
      await stopped.stop()
      expect(await stopped.problem()).not.toBeNull()
      const published = stopped.publish(numbered(topic, 0, 1))
      await expect(published).rejects.toMatchObject({ code: 'BUS_STOPPED' })
      await bus.publish(numbered(topic, 0, 1))
      await sleep(300)
      expect(subscriber.records).toHaveLength(0)
    },
  },
  {
    name: 'topics that exist are left as they are, also when several starters make them',
    run: async ({ bus, connect, createTopic, subscribe }) => {
      const topic = await createTopic()
      const spec = { name: `${topic}.new`, partitions: 2, replicationFactor: 1 }
      const other = await connect()
      await Promise.all([bus, other].map((one) => one.ensureTopics([spec])))
      await bus.ensureTopics([{ ...spec, partitions: 9 }])
      await bus.publish(numbered(spec.name, 0, 20))
      const subscriber = createSubscriber()
      await subscribe(spec.name, subscriber)
      await until('all have come', () => subscriber.values().length === 20)
      expect(new Set(subscriber.records.map(({ partition }) => partition)).size).toBe(2)
    },
  },
]
