// A handler that takes longer than the session of its group, on a real broker: plain kafkajs loses
// its partitions to a member that joins; ours keeps them, and where it must hand them over to one,
// what it still works on is marked by nobody but their new owner.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { silentLog } from '../../messaging/log.ts'
import { workerBrokers } from '../worker-kafka.ts'
import {
  createGate,
  createSubscriber,
  type Subscriber,
  settled,
  sleep,
  until,
} from './subscriber.ts'

const slowMs = 120_000
const limitMs = 60_000
const sessionTimeoutMs = 6_000
/** Beyond the session, and what the broker takes to notice. */
const handlerMs = 9_000

describe.concurrent('a handler that outlasts its session', { timeout: slowMs }, () => {
  const fatal: Error[] = []
  const buses: Bus[] = []
  let bus: Bus

  beforeAll(async () => {
    // Partitions go to members by the order of their names.
    bus = await connect('z-first')
  }, slowMs)
  afterAll(async () => {
    await Promise.all(buses.map((one) => one.stop()))
  })

  async function connect(clientId: string): Promise<Bus> {
    const made = createKafkaBus({
      ...{ brokers: workerBrokers(), clientId, log: silentLog },
      ...{ sessionTimeoutMs, heartbeatIntervalMs: 300, commitIntervalMs: 100 },
      onFatal: (error) => void fatal.push(error),
    })
    await made.start()
    buses.push(made)
    return made
  }

  async function newTopic(): Promise<string> {
    const name = `slow.${randomUUID()}`
    await bus.ensureTopics([{ name, partitions: 1, replicationFactor: 1 }])
    await bus.publish([{ topic: name, key: 'k', value: 'slow', headers: {} }])
    return name
  }

  const subscribe = (on: Bus, topic: string, { handle }: Subscriber) =>
    on.subscribe({ groupId: topic, topics: [topic], batchRecordsMax: 1, handle })

  /** Answers how to see what it does, and how to end it. */
  async function plainly(topic: string, handle: () => Promise<void>) {
    const { Kafka, logLevel } = loadKafkaJs()
    const brokers = [...workerBrokers()]
    const kafka = new Kafka({ clientId: 'plain', brokers, logLevel: logLevel.NOTHING })
    const times = { sessionTimeout: sessionTimeoutMs, heartbeatInterval: 300 }
    const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 50, ...times })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({ eachMessage: handle })
    return consumer
  }

  test('with plain kafkajs: the other member works on the same record at the same time', async () => {
    const topic = await newTopic()
    const gate = createGate()
    let isBusy = false
    const slow = await plainly(topic, async () => {
      isBusy = true
      await gate.passed
      isBusy = false
    })
    await until('the first works on it', () => isBusy, limitMs)
    let both = false
    const joining = await plainly(topic, async () => {
      both ||= isBusy
    })
    await until('both work on it', () => both, limitMs)
    gate.open()
    await Promise.all([slow, joining].map((consumer) => consumer.disconnect()))
  })

  test('with the bus: alone it keeps its partitions, and the record comes once', async () => {
    const topic = await newTopic()
    const slow = createSubscriber()
    slow.react = async ([record]) => {
      if (String(record?.value) === 'slow') await sleep(handlerMs)
      return settled
    }
    const subscription = await subscribe(bus, topic, slow)
    await until('it has begun', () => slow.running === 1, limitMs)
    await until('it is done', () => slow.running === 0, limitMs)
    expect(subscription.problem()).toBeNull()
    await bus.publish([{ topic, key: 'k', value: 'next', headers: {} }])
    await until('the next has come', () => slow.values().includes('next'), limitMs)
    expect(slow.records.map(({ value }) => String(value))).toEqual(['slow', 'next'])
    await subscription.stop()
    expect(fatal).toEqual([])
  })

  test('with the bus: one that joins takes the partition over, and what settles late marks nothing', async () => {
    const topic = await newTopic()
    const gate = createGate()
    const slow = createSubscriber()
    slow.react = async () => {
      await Promise.all([gate.passed, sleep(handlerMs)])
      return settled
    }
    const first = await subscribe(bus, topic, slow)
    await until('it has begun', () => slow.running === 1, limitMs)
    const owner = createSubscriber()
    const failing = Promise.reject(new Error('not settled'))
    failing.catch(() => undefined)
    owner.react = async () => ({ settled: failing })
    const second = await subscribe(await connect('a-second'), topic, owner)
    await until('the new owner has the record', () => owner.records.length > 0, limitMs)
    expect(slow.running).toBe(1)
    gate.open()
    await until('the first is done', () => slow.running === 0, limitMs)
    expect(first.problem()).toBeNull()
    await Promise.all([first.stop(), second.stop()])
    const next = createSubscriber()
    const third = await subscribe(bus, topic, next)
    await until('it comes again', () => next.values().includes('slow'), limitMs)
    await third.stop()
    expect(fatal).toEqual([])
  })
})
