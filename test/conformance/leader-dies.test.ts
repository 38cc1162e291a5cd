// The fourth way in which kafkajs acknowledges what it lost, on three brokers: the leader of a
// partition dies in the middle of a batch, and the partition moves to a broker that has answered.
import { randomUUID } from 'node:crypto'
import { Kafka } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startBareKafka } from '../../local/bare-kafka.ts'
import { readLocalConfig } from '../../local/config.ts'
import type { KeptServer } from '../../local/kept-server.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { partitionOf } from '../../messaging/partition.ts'
import { awaitUntil } from '../system/await-until.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { type Tampering, tamperWithSockets } from './tampered-sockets.ts'

const slowMs = 240_000
const limitMs = 120_000

describe('a leader that dies in the middle of a batch', { timeout: slowMs }, () => {
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

  const valuesOf = async (topic: string) =>
    (await raw.read(topic)).map(({ value }) => String(value)).toSorted()

  test('makes plain kafkajs confirm a record that is not there', async () => {
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

  test('loses nothing that the bus confirmed', async () => {
    const topic = await newTopic()
    const bus = createKafkaBus({
      brokers,
      clientId: 'own',
      publishDeadlineMs: limitMs,
      log: silentLog,
      onFatal: (error) => {
        throw error
      },
    })
    await bus.start()
    const keyFor = (partition: number) =>
      Array.from({ length: 100 }, (_, at) => `${at}`).find(
        (key) => partitionOf(key, 2) === partition,
      )
    const records = (round: string) =>
      [0, 1].map((partition) => {
        const key = keyFor(partition) ?? ''
        return { topic, key, value: `${round}${partition}`, headers: {} }
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
})
