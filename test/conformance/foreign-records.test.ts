// What other producers may put on a topic, and what a consumer of ours then meets.
import { randomUUID } from 'node:crypto'
import { CompressionTypes, Kafka, type Message, type Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { createSubscriber, type Subscriber, until } from './subscriber.ts'

describe('records of other producers', () => {
  const fatal: Error[] = []
  let bus: Bus
  let stranger: Producer

  beforeAll(async () => {
    const onFatal = (error: Error) => void fatal.push(error)
    bus = createKafkaBus({ brokers: workerBrokers(), clientId: 'own', log: silentLog, onFatal })
    await bus.start()
    const kafka = new Kafka({ clientId: 'stranger', brokers: [...workerBrokers()], logLevel: 0 })
    stranger = kafka.producer({ createPartitioner: () => () => 0 })
    await stranger.connect()
  })
  afterAll(async () => {
    await stranger?.disconnect()
    await bus?.stop()
  })

  async function subscribe(): Promise<{ topic: string; subscriber: Subscriber }> {
    const topic = `foreign.${randomUUID()}`
    await bus.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1 }])
    const subscriber = createSubscriber()
    const { handle } = subscriber
    await bus.subscribe({ groupId: topic, topics: [topic], batchRecordsMax: 100, handle })
    return { topic, subscriber }
  }

  const send = (topic: string, compression: CompressionTypes, ...messages: Message[]) =>
    stranger.send({ topic, compression, messages })

  test('arrive as they are: without key or value, with headers twice or empty', async () => {
    const { topic, subscriber } = await subscribe()
    const headers = { twice: ['a', 'b'], empty: '', toString: 'text', bytes: Buffer.from([0xff]) }
    await send(
      topic,
      CompressionTypes.None,
      { key: null, value: null },
      { key: 'k', value: '', headers },
    )
    await until('both have come', () => subscriber.records.length === 2)
    const [first, second] = subscriber.records
    expect(first).toMatchObject({ key: null, value: null, headers: {} })
    expect(second?.value).toEqual(Buffer.alloc(0))
    expect(second?.headers).toEqual({
      twice: Buffer.from('b'),
      empty: Buffer.alloc(0),
      toString: Buffer.from('text'),
      bytes: Buffer.from([0xff]),
    })
    expect(second?.repeated).toEqual({ twice: [Buffer.from('a'), Buffer.from('b')] })
  })

  test('are sent again as they came, with a header twice', async () => {
    const { topic, subscriber } = await subscribe()
    const headers = { once: 'a', twice: ['b', 'c'] }
    await send(topic, CompressionTypes.None, { key: 'k', value: 'v', headers })
    await until('it has come', () => subscriber.records.length === 1)
    const [first] = subscriber.records
    if (first !== undefined) await bus.publish([first])
    await until('it has come again', () => subscriber.records.length === 2)
    const { offset: _, timestamp: __, ...again } = subscriber.records[1] ?? {}
    expect(first).toMatchObject(again)
    expect(again).toHaveProperty('repeated')
  })

  test('are unpacked by the broker, so that no codec is needed', async () => {
    const { topic, subscriber } = await subscribe()
    await send(topic, CompressionTypes.GZIP, { key: 'k', value: 'x'.repeat(10_000) })
    await until('it has come', () => subscriber.records.length === 1)
    expect(subscriber.records[0]?.value?.length).toBe(10_000)
  })

  test('that unpack to more than a consumer can bear are refused by the broker', async () => {
    const { topic, subscriber } = await subscribe()
    const bomb = send(topic, CompressionTypes.GZIP, { key: 'k', value: Buffer.alloc(5_000_000) })
    await expect(bomb).rejects.toThrow(/larger than the max message size/)
    await send(topic, CompressionTypes.None, { key: 'k', value: 'after' })
    await until('the next has come', () => subscriber.values().includes('after'))
    expect(fatal).toEqual([])
  })
})
