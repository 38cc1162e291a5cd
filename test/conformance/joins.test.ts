// How a member comes to its partitions. It asks to join, and the answer that names them is lost: plain
// kafkajs would go on in the new generation with those of the old one, and commit nothing any more. And
// a topic gets more of them.
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { silentLog } from '../../messaging/log.ts'
import { stepDate } from '../chaos/step-date.ts'
import { awaitUntil } from '../system/await-until.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { createSubscriber, until } from './subscriber.ts'

const slowMs = 120_000
const limitMs = 30_000
/** Beyond the age at which a client asks again what the cluster looks like. */
const laterMs = 70_000

type Sync = (request: { readonly memberId: string }) => Promise<unknown>

/** The next time that this client is told its partitions, it does not hear it. */
function loseAssignmentOf(clientId: string) {
  const require = createRequire(import.meta.url)
  const { prototype } = require('kafkajs/src/broker') as { readonly prototype: { syncGroup: Sync } }
  const { KafkaJSConnectionClosedError } = require('kafkajs/src/errors') as {
    readonly KafkaJSConnectionClosedError: new (message: string) => Error
  }
  const sync = prototype.syncGroup
  let wasLost = false
  prototype.syncGroup = async function lost(request) {
    const answer = await sync.call(this, request)
    if (wasLost || !request.memberId.startsWith(clientId)) return answer
    wasLost = true
    throw new KafkaJSConnectionClosedError('Closed connection')
  }
  const end = () => {
    prototype.syncGroup = sync
  }
  return { wasLost: () => wasLost, end }
}

describe('a member of a group', { timeout: slowMs }, () => {
  const buses: Bus[] = []

  afterEach(async () => {
    stepDate(0)
    await Promise.all(buses.splice(0).map((bus) => bus.stop()))
  })

  async function connect(clientId: string, onJoined = () => {}): Promise<Bus> {
    const times = { heartbeatIntervalMs: 300, commitIntervalMs: 100 }
    const given = { brokers: workerBrokers(), clientId, log: silentLog, ...times }
    const bus = createKafkaBus({ ...given, onJoined, onFatal: () => undefined })
    await bus.start()
    buses.push(bus)
    return bus
  }

  async function newTopic(bus: Bus, partitions: number) {
    const topic = `joins.${randomUUID()}`
    await bus.ensureTopics([{ name: topic, partitions, replicationFactor: 1 }])
    const subscriber = createSubscriber()
    const { handle } = subscriber
    const join = (on: Bus) =>
      on.subscribe({ groupId: topic, topics: [topic], batchRecordsMax: 10, handle })
    return { topic, subscriber, join }
  }

  const valuesOf = (round: string) => Array.from({ length: 40 }, (_, at) => `${round} ${at}`)

  test('whose assignment is lost on its way asks for it again', async () => {
    const first = await connect(`first-${randomUUID()}`)
    const { topic, subscriber, join } = await newTopic(first, 4)
    const publish = async (round: string) => {
      const values = valuesOf(round)
      await first.publish(values.map((value) => ({ topic, key: value, value, headers: {} })))
      await until(`${round} was handled`, () =>
        values.every((one) => subscriber.values().includes(one)),
      )
    }
    await join(first)
    await publish('alone')
    const second = await connect(`second-${randomUUID()}`)
    const { wasLost, end } = loseAssignmentOf('first-')
    onTestFinished(end)
    await join(second)
    await until('the first heard nothing', wasLost, limitMs)
    await publish('together')
    const isCommitted = async () => (await first.lag(topic, [topic]))[topic] === 0
    await awaitUntil('every offset is committed', isCommitted, limitMs)
  })

  test('reads the partitions that its topic gets', async () => {
    let joins = 0
    const bus = await connect('grown', () => {
      joins += 1
    })
    const { topic, subscriber, join } = await newTopic(bus, 1)
    await join(bus)
    await bus.publish([{ topic, key: 'k', value: 'before', headers: {} }])
    await until('it has joined', () => subscriber.values().includes('before'), limitMs)
    const joined = joins
    const { Kafka, logLevel } = loadKafkaJs()
    const brokers = [...workerBrokers()]
    const kafka = new Kafka({ brokers, clientId: 'grower', logLevel: logLevel.NOTHING })
    const admin = kafka.admin()
    const producer = kafka.producer()
    await Promise.all([admin.connect(), producer.connect()])
    await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
    const partitionsOf = async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
      return topics[0]?.partitions.filter(({ leader }) => leader >= 0) ?? []
    }
    // kafkajs leaves out what is for a partition that it does not know.
    await awaitUntil('it has three', async () => (await partitionsOf()).length === 3, limitMs)
    const messages = [0, 1, 2].map((partition) => ({ partition, value: `of ${partition}` }))
    await producer.send({ topic, messages })
    await Promise.all([admin.disconnect(), producer.disconnect()])
    stepDate(laterMs)
    const all = ['before', ...messages.map(({ value }) => value)]
    await until('each partition was read', () => subscriber.values().length === all.length, limitMs)
    expect(subscriber.values().toSorted()).toEqual(all)
    expect(joins).toBe(joined + 1)
  })
})
