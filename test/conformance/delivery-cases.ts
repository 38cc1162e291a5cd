// How records reach a handler: order, repeats after failures, gathering, backpressure.
import { expect } from 'vitest'
import { partitionOf } from '../../messaging/partition.ts'
import { type BusCase, numbered, partitions, range, slowMs } from './bus-world.ts'
import { createGate, createSubscriber, settled, sleep, until } from './subscriber.ts'

export const deliveryCases: readonly BusCase[] = [
  {
    name: 'records of a partition arrive in the order they were published',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const subscriber = createSubscriber()
      await subscribe(topic, subscriber)
      for (let at = 0; at < 300; at += 30) await bus.publish(numbered(topic, at, at + 30))
      await until('all have come', () => subscriber.values().length === 300)
      for (let partition = 0; partition < partitions; partition += 1) {
        const offsets = subscriber.records
          .filter((record) => record.partition === partition)
          .map(({ offset }) => offset)
        expect(offsets).toEqual(offsets.map((_, index) => BigInt(index)))
      }
    },
  },
  {
    name: 'a record keeps its key, value, headers and partition',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const subscriber = createSubscriber()
      await subscribe(topic, subscriber)
      const value = Buffer.from([0, 255, 254, 128, 34])
      await bus.publish([{ topic, key: 'clé', value, headers: { ce_id: 'ü', empty: '' } }])
      await until('it has come', () => subscriber.records.length === 1)
      const [record] = subscriber.records
      expect(record?.topic).toBe(topic)
      expect(record?.key?.toString()).toBe('clé')
      expect(record?.value).toEqual(value)
      expect(record?.headers['ce_id']?.toString()).toBe('ü')
      expect(record?.headers['empty']?.length).toBe(0)
      expect(record?.partition).toBe(partitionOf('clé', partitions))
      expect(Math.abs((record?.timestamp.getTime() ?? 0) - Date.now())).toBeLessThan(slowMs)
    },
  },
  {
    name: 'records published before the first join arrive',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      await bus.publish(numbered(topic, 0, 20))
      const subscriber = createSubscriber()
      await subscribe(topic, subscriber)
      await until('all have come', () => subscriber.values().length === 20)
    },
  },
  {
    name: 'after a handler failed the same records come again, and later ones after them',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const subscriber = createSubscriber()
      let failures = 2
      subscriber.react = async () => {
        if (failures-- > 0) throw new TypeError('not now')
        return settled
      }
      await subscribe(topic, subscriber)
      await bus.publish([numbered(topic, 0, 1), numbered(topic, 0, 1)].flat())
      await until('three tries were made', () => subscriber.batches.length >= 3)
      expect(subscriber.batches[1]).toEqual(subscriber.batches[0])
      expect(subscriber.batches[2]).toEqual(subscriber.batches[0])
      await bus.publish(numbered(topic, 1, 2))
      await until('the next has come', () => subscriber.values().includes('1'))
    },
  },
  {
    name: 'after settling failed the same records come again',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const subscriber = createSubscriber()
      let failures = 1
      subscriber.react = async () => ({
        settled: failures-- > 0 ? Promise.reject(new Error('not now')) : Promise.resolve(),
      })
      await subscribe(topic, subscriber)
      await bus.publish(numbered(topic, 0, 1))
      await until('it came twice', () => subscriber.records.length === 2)
    },
  },
  {
    name: 'no more than the largest batch is handed over, and one batch at a time',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const subscriber = createSubscriber()
      subscriber.react = async () => {
        await sleep(2)
        return settled
      }
      await subscribe(topic, subscriber, { batchRecordsMax: 7 })
      await bus.publish(numbered(topic, 0, 100))
      await until('all have come', () => subscriber.values().length === 100)
      expect(Math.max(...subscriber.batches.map((batch) => batch.length))).toBe(7)
      expect(subscriber.runningMax).toBe(1)
    },
  },
  {
    name: 'a batch gathers while the last one is handled',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const subscriber = createSubscriber()
      const gate = createGate()
      subscriber.react = async () => {
        if (subscriber.batches.length === 1) await gate.passed
        return settled
      }
      await subscribe(topic, subscriber)
      await bus.publish(numbered(topic, 0, 1))
      await until('the first batch is being handled', () => subscriber.running === 1)
      for (let at = 1; at <= 30; at += 1) await bus.publish(numbered(topic, at, at + 1))
      await sleep(3_000)
      gate.open()
      await until('all have come', () => subscriber.values().length === 31)
      expect(subscriber.batches).toHaveLength(2)
    },
  },
  {
    name: 'a slow handler holds up the fetching, and loses nothing',
    run: async ({ bus, createTopic, subscribe }) => {
      const topic = await createTopic()
      const subscriber = createSubscriber()
      const gate = createGate()
      subscriber.react = async () => {
        await gate.passed
        return settled
      }
      await subscribe(topic, subscriber, { batchRecordsMax: 100 })
      const value = 'x'.repeat(20 * 1024)
      const big = (at: number) => ({ topic, key: `${at}`, value: `${at}.${value}`, headers: {} })
      for (let at = 0; at < 1_000; at += 100) {
        await bus.publish(range(at, at + 100).map(big))
      }
      await sleep(1_000)
      expect(subscriber.records.length).toBeLessThanOrEqual(100)
      gate.open()
      await until('all have come', () => subscriber.values().length === 1_000)
    },
  },
]
