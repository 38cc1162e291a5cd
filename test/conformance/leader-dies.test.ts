// What becomes of records when the leader of a partition changes, on three brokers. One dies in the
// middle of a batch, and its partition moves to a broker that has answered: plain kafkajs acknowledges
// what is not there. One moves while another broker's records are on their way: it would never handle
// them, and commit. One dies, is the coordinator of a group as well, and does not come back: the member
// would end.
import { randomUUID } from 'node:crypto'
import { Kafka } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startBareKafka } from '../../local/bare-kafka.ts'
import { readLocalConfig } from '../../local/config.ts'
import type { KeptServer } from '../../local/kept-server.ts'
import type { Bus } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { partitionOf } from '../../messaging/partition.ts'
import { awaitUntil } from '../system/await-until.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { createGate, createSubscriber, settled, sleep, until } from './subscriber.ts'
import { type Tampering, tamperWithSockets } from './tampered-sockets.ts'
import { watchCoordinators, watchFetches } from './watched-kafkajs.ts'

const slowMs = 240_000
const limitMs = 120_000

describe('a leader', { timeout: slowMs }, () => {
  let servers: readonly KeptServer[]
  let brokers: readonly string[]
  let tampering: Tampering
  let kafka: Kafka
  let raw: RawKafka

  beforeAll(async () => {
    const report = () => undefined
    servers = await startBareKafka({ config: readLocalConfig(), brokerCount: 3, report })
    brokers = servers.map(({ port }) => `127.0.0.1:${port}`)
    tampering = tamperWithSockets()
    const retry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30 }
    kafka = new Kafka({ clientId: 'plain', brokers: [...brokers], logLevel: 0, retry })
    raw = new RawKafka(brokers)
    await raw.start()
  }, slowMs)
  afterAll(async () => {
    tampering?.end()
    await raw?.stop()
    await Promise.all((servers ?? []).map((server) => server.remove()))
  }, slowMs)

  /** Partition 0 is led by the first broker, 1 by the second; the first has both. */
  async function newTopic(): Promise<string> {
    const topic = `leaders.${randomUUID()}`
    const admin = kafka.admin()
    await admin.connect()
    const assigned = [
      { partition: 0, replicas: [1, 2] },
      { partition: 1, replicas: [2, 1] },
    ]
    const configEntries = [{ name: 'min.insync.replicas', value: '1' }]
    await admin.createTopics({
      topics: [{ topic, replicaAssignment: assigned, configEntries }],
      waitForLeaders: true,
    })
    const leaders = async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      const partitions = topics[0]?.partitions ?? []
      return partitions.every(
        ({ partitionId, leader, isr }) => leader === partitionId + 1 && isr.length === 2,
      )
    }
    await awaitUntil('both lead and follow', leaders, limitMs)
    await admin.disconnect()
    return topic
  }

  /** In the moment in which the second broker is sent its part. */
  function killSecond(): void {
    const second = servers[1]
    if (second === undefined) throw new Error('there is no second broker')
    tampering.loseRequest(second.port, async () => {
      await second.kill()
    })
  }

  const fatal: Error[] = []

  afterEach(() => expect(fatal).toEqual([]))

  async function startBus(onJoined = () => {}): Promise<Bus> {
    const onFatal = (error: Error) => void fatal.push(error)
    const given = { brokers, clientId: 'own', publishDeadlineMs: limitMs, log: silentLog }
    const bus = createKafkaBus({ ...given, onJoined, onFatal })
    await bus.start()
    return bus
  }

  const keyFor = (partition: number) => {
    const keys = Array.from({ length: 100 }, (_, at) => `${at}`)
    return keys.find((key) => partitionOf(key, 2) === partition) ?? ''
  }

  const valuesOf = async (topic: string) =>
    (await raw.read(topic)).map(({ value }) => String(value)).toSorted()

  test('that dies in a batch makes plain kafkajs confirm a record that is not there', async () => {
    const topic = await newTopic()
    const producer = kafka.producer({
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
    })
    await producer.connect()
    const messages = (round: string) =>
      [0, 1].map((partition) => ({ partition, value: `${round}${partition}` }))
    await producer.send({ topic, acks: -1, messages: messages('before ') })
    killSecond()
    await producer.send({ topic, acks: -1, messages: messages('after ') })
    await producer.disconnect()
    expect(await valuesOf(topic)).toEqual(['after 0', 'before 0', 'before 1'])
    await servers[1]?.start()
  })

  test('that dies in a batch loses nothing that the bus confirmed', async () => {
    const topic = await newTopic()
    const bus = await startBus()
    const records = (round: string) =>
      [0, 1].map((partition) => {
        return { topic, key: keyFor(partition), value: `${round}${partition}`, headers: {} }
      })
    await bus.publish(records('before '))
    const before = tampering.happened
    killSecond()
    await bus.publish(records('after '))
    expect(tampering.happened - before).toBe(1)
    expect(new Set(await valuesOf(topic))).toEqual(
      new Set(['after 0', 'after 1', 'before 0', 'before 1']),
    )
    await bus.stop()
    await servers[1]?.start()
  })

  test('that moves while records of another are on their way loses none of these', async () => {
    const topic = await newTopic()
    const bus = await startBus()
    const subscriber = createSubscriber()
    const handler = createGate()
    subscriber.react = async () => {
      await handler.passed
      return settled
    }
    const { handle } = subscriber
    await bus.subscribe({ groupId: topic, topics: [topic], batchRecordsMax: 1, handle })
    const publish = (value: string) => bus.publish([{ topic, key: keyFor(0), value, headers: {} }])
    const fetches = watchFetches(topic)
    try {
      await publish('being handled')
      await until('the handler has it', () => subscriber.running === 1, limitMs)
      await publish('waits for the handler')
      await until('more is asked for', () => fetches.askedFor(2), limitMs)
      fetches.holdFrom(2)
      await publish('on its way')
      await until('it is on its way', () => fetches.isHeld(), limitMs)
      const before = fetches.refused()
      await moveToFirst(topic)
      await until('the member was told', () => fetches.refused() > before, limitMs)
      // It would have joined the group again by now.
      await sleep(1_000)
      fetches.letGo()
      await publish('last')
      handler.open()
      await until('the last was handled', () => subscriber.values().includes('last'), limitMs)
    } finally {
      fetches.end()
      handler.open()
      await bus.stop()
    }
    const all = ['being handled', 'waits for the handler', 'on its way', 'last']
    expect(subscriber.values()).toEqual(all)
  })

  test('that stays away with the coordinator of a group ends no member of it', async () => {
    const topic = await newTopic()
    let joins = 0
    const bus = await startBus(() => {
      joins += 1
    })
    const subscriber = createSubscriber()
    const { handle } = subscriber
    const coordinators = watchCoordinators()
    await bus.subscribe({ groupId: topic, topics: [topic], batchRecordsMax: 10, handle })
    const publish = async (round: string) => {
      const values = Array.from({ length: 20 }, (_, at) => `${round} ${at}`)
      await bus.publish(values.map((value) => ({ topic, key: value, value, headers: {} })))
      const areAll = () => values.every((value) => subscriber.values().includes(value))
      await until(`${round} was handled`, areAll, limitMs)
      const isCommitted = async () => (await bus.lag(topic, [topic]))[topic] === 0
      await awaitUntil(`${round} is committed`, isCommitted, limitMs)
    }
    await publish('before')
    // A topic that a broker does not know yet makes a member join twice.
    const joined = joins
    const { port, nodeId } = coordinators.end(topic)
    const server = servers.find((one) => one.port === port)
    if (server === undefined) throw new Error(`no broker is at ${port}`)
    await createForeignTopic(nodeId)
    try {
      await server.kill()
      await publish('while it is away')
      await awaitUntil(
        'the bus has no problem',
        async () => (await bus.problem()) === null,
        limitMs,
      )
    } finally {
      await server.start()
      await bus.stop()
    }
    expect(joins).toBe(joined)
  })

  /** Of somebody else, with its one replica on this broker. */
  async function createForeignTopic(broker: number): Promise<void> {
    const admin = kafka.admin()
    await admin.connect()
    const replicaAssignment = [{ partition: 0, replicas: [broker] }]
    await admin.createTopics({ topics: [{ topic: `foreign.${randomUUID()}`, replicaAssignment }] })
    await admin.disconnect()
  }

  /** Partition 1, which the second broker led. */
  async function moveToFirst(topic: string): Promise<void> {
    const admin = kafka.admin()
    await admin.connect()
    const partitionAssignment = [{ partition: 1, replicas: [1] }]
    await admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] })
    await admin.disconnect()
  }
})
