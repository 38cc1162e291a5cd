// The ways in which kafkajs's consumer stops, skips or goes on when it should not, each provoked on
// a real broker: first with plain kafkajs, to see that the hazard is real, then with our bus.
import { randomUUID } from 'node:crypto'
import { type CompressionTypes, type Consumer, Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { foreignCompressions, useForeignCodecs } from './foreign-codecs.ts'
import { createSubscriber, type Subscriber, settled, sleep, until } from './subscriber.ts'

const slowMs = 120_000
const limitMs = 60_000

describe('a consumer', { timeout: slowMs }, () => {
  const kafka = new Kafka({ clientId: 'plain', brokers: [...workerBrokers()], logLevel: 0 })
  const fatal: Error[] = []
  let bus: Bus
  let raw: RawKafka

  beforeAll(async () => {
    bus = await connect()
    raw = new RawKafka(workerBrokers())
    await raw.start()
  }, slowMs)
  afterAll(async () => {
    await bus?.stop()
    await raw?.stop()
  })

  async function connect(): Promise<Bus> {
    const onFatal = (error: Error) => void fatal.push(error)
    const timings = { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 300, commitIntervalMs: 100 }
    const brokers = workerBrokers()
    const made = createKafkaBus({ brokers, clientId: 'own', ...timings, log: silentLog, onFatal })
    await made.start()
    return made
  }

  async function newTopic(): Promise<string> {
    const name = `hazard.${randomUUID()}`
    await bus.ensureTopics([{ name, partitions: 1, replicationFactor: 1 }])
    return name
  }

  const write = async (topic: string, ...values: readonly string[]) => {
    for (const value of values) await raw.write({ topic, key: 'k', value: Buffer.from(value) })
  }

  /** Its offsets are those of the end, wherever that is when it has joined. */
  async function writeUntil(topic: string, value: string, isSo: () => boolean): Promise<void> {
    const deadline = performance.now() + limitMs
    while (!isSo() && performance.now() < deadline) {
      await write(topic, value)
      await sleep(50)
    }
    expect(isSo()).toBe(true)
  }

  const subscribe = (topic: string, { handle }: Subscriber, on = bus) =>
    on.subscribe({ groupId: topic, topics: [topic], batchRecordsMax: 1, handle })

  type Plain = { readonly consumer: Consumer; readonly seen: string[]; readonly crashes: boolean[] }

  /** As a beginner would write it. Answers what it has seen, and whether its crashes were final. */
  async function plainly(
    topic: string,
    { fromBeginning = true, react = async () => undefined }: PlainOptions = {},
  ): Promise<Plain> {
    const retry = { initialRetryTime: 20, maxRetryTime: 50, retries: 1 }
    const consumer = kafka.consumer({ groupId: `plain.${topic}`, maxWaitTimeInMs: 50, retry })
    const seen: string[] = []
    const crashes: boolean[] = []
    consumer.on(consumer.events.CRASH, ({ payload }) => void crashes.push(payload.restart))
    const joined = Promise.withResolvers<void>()
    consumer.on(consumer.events.GROUP_JOIN, () => joined.resolve())
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning })
    await consumer.run({
      eachMessage: async ({ message }) => {
        seen.push(String(message.value))
        await react(String(message.value))
      },
    })
    await joined.promise
    return { consumer, seen, crashes }
  }
  type PlainOptions = {
    readonly fromBeginning?: boolean
    readonly react?: (value: string) => Promise<void>
  }

  const bug = (value: string) => {
    if (value === '2') throw new TypeError('a bug in a handler')
  }

  test('whose handler throws a TypeError: plain kafkajs is gone for good, the process lives on', async () => {
    const topic = await newTopic()
    await write(topic, '1', '2', '3', '4')
    const { consumer, seen, crashes } = await plainly(topic, { react: async (value) => bug(value) })
    await until('it has crashed for good', () => crashes.includes(false), limitMs)
    expect(seen).not.toContain('3')
    await consumer.disconnect()
  })

  test('whose handler throws a TypeError: the bus brings the record again, and all others', async () => {
    const topic = await newTopic()
    await write(topic, '1', '2', '3', '4')
    const subscriber = createSubscriber()
    let bugsLeft = 3
    subscriber.react = async ([record]) => {
      if (String(record?.value) === '2' && bugsLeft-- > 0) bug('2')
      return settled
    }
    const subscription = await subscribe(topic, subscriber)
    await until('all have come', () => subscriber.values().length === 4, limitMs)
    await subscription.stop()
    expect(bugsLeft).toBe(-1)
    expect(fatal).toEqual([])
  })

  test('that is told to stop while it fails: plain kafkajs goes on handling afterwards', async () => {
    const topic = await newTopic()
    await write(topic, '1')
    let isFailing = true
    const { consumer, seen } = await plainly(topic, {
      react: async () => {
        if (isFailing) throw new Error('not today')
      },
    })
    const stopped = Promise.withResolvers<void>()
    consumer.on(consumer.events.CRASH, () => void consumer.disconnect().then(stopped.resolve))
    await stopped.promise
    const atStop = seen.length
    await until('it handles on', () => seen.length > atStop, limitMs)
    isFailing = false
    const before = seen.length
    await until('it has come to rest', () => seen.length > before, limitMs)
    await consumer.disconnect()
  })

  test('that is told to stop while it fails: nothing is handled by the bus afterwards', async () => {
    const topic = await newTopic()
    await write(topic, '1')
    const subscriber = createSubscriber()
    subscriber.react = async () => {
      throw new Error('not today')
    }
    const subscription = await subscribe(topic, subscriber)
    await until('it fails', () => subscriber.records.length > 1, limitMs)
    await subscription.stop()
    const atStop = subscriber.records.length
    await sleep(2_000)
    expect(subscriber.records.length).toBe(atStop)
  })

  test('of a new group: plain kafkajs, as it is by default, misses what came before', async () => {
    const topic = await newTopic()
    await write(topic, 'before')
    const { consumer, seen } = await plainly(topic, { fromBeginning: false })
    await writeUntil(topic, 'after', () => seen.length > 0)
    await consumer.disconnect()
    expect(seen).not.toContain('before')
  })

  test('of a new group: the bus begins with the first record', async () => {
    const topic = await newTopic()
    await write(topic, 'before')
    const subscriber = createSubscriber()
    const subscription = await subscribe(topic, subscriber)
    await until('it has come', () => subscriber.values().includes('before'), limitMs)
    await subscription.stop()
  })

  const kept = ['kept 1', 'kept 2', 'kept 3']

  /** The group has committed an offset that retention has passed since. */
  async function passRetention(topic: string): Promise<void> {
    await write(topic, 'gone', ...kept)
    await raw.removeBefore(topic, 2n)
  }

  test('whose offset is too old: plain kafkajs, as it is by default, skips what is there', async () => {
    const topic = await newTopic()
    await write(topic, 'read')
    const first = await plainly(topic)
    await until('it has read', () => first.seen.length === 1, limitMs)
    await first.consumer.disconnect()
    await passRetention(topic)
    const { consumer, seen } = await plainly(topic, { fromBeginning: false })
    await writeUntil(topic, 'new', () => seen.length > 0)
    await consumer.disconnect()
    expect(kept.filter((value) => seen.includes(value))).toEqual([])
  })

  test('whose offset is too old: the bus goes on with the oldest record that is there', async () => {
    const topic = await newTopic()
    await write(topic, 'read')
    const before = createSubscriber()
    const subscription = await subscribe(topic, before)
    await until('it has read', () => before.records.length === 1, limitMs)
    await subscription.stop()
    await passRetention(topic)
    const after = createSubscriber()
    const again = await subscribe(topic, after)
    await until('it reads on', () => after.values().includes('kept 3'), limitMs)
    await again.stop()
    expect(after.values()).toEqual(kept)
  })

  const send = async (topic: string, compression: CompressionTypes, value: string) => {
    const producer = kafka.producer({ createPartitioner: () => () => 0 })
    await producer.connect()
    await producer.send({ topic, compression, messages: [{ key: 'k', value }] })
    await producer.disconnect()
  }

  test.each(foreignCompressions)(
    'that meets a batch in $name: plain kafkajs is gone for good',
    async ({ type }) => {
      const restore = useForeignCodecs()
      const topic = await newTopic()
      await raw.configure(topic, { 'compression.type': 'producer' })
      await send(topic, type, 'foreign')
      const { consumer, seen, crashes } = await plainly(topic)
      await until('it has crashed for good', () => crashes.includes(false), limitMs)
      await consumer.disconnect()
      restore()
      expect(seen).toEqual([])
    },
  )

  test.each(foreignCompressions)(
    'that meets a batch in $name: on our topics the broker unpacks it',
    async ({ type }) => {
      const restore = useForeignCodecs()
      const topic = await newTopic()
      await send(topic, type, 'foreign')
      await write(topic, 'next')
      const subscriber = createSubscriber()
      const subscription = await subscribe(topic, subscriber)
      await until('both have come', () => subscriber.values().length === 2, limitMs)
      await subscription.stop()
      restore()
      expect(subscriber.values()).toEqual(['foreign', 'next'])
      expect(fatal).toEqual([])
    },
  )
})
