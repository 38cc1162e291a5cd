// Records of which a bit has fallen over on their way from the broker, or on its disk: plain kafkajs
// hands them on as what was said, since it looks at no checksum.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { createSubscriber, sleep, until } from './subscriber.ts'
import { type Tampering, tamperWithSockets } from './tampered-sockets.ts'

const slowMs = 120_000

describe('records that are damaged', { timeout: slowMs }, () => {
  let tampering: Tampering
  let bus: Bus
  let raw: RawKafka
  const warnings: object[] = []

  beforeAll(async () => {
    tampering = tamperWithSockets()
    const warn = (_: string, fields: object = {}) => {
      if (/are damaged/.test(JSON.stringify(fields))) warnings.push(fields)
    }
    const log = { ...silentLog, warn }
    const given = { brokers: workerBrokers(), clientId: 'own', log, commitIntervalMs: 100 }
    const onFatal = (error: Error) => {
      throw error
    }
    bus = createKafkaBus({ ...given, onFatal })
    raw = new RawKafka(workerBrokers())
    await Promise.all([bus.start(), raw.start()])
  }, slowMs)
  afterAll(async () => {
    tampering?.end()
    await bus?.stop()
    await raw?.stop()
  })

  test('are not handed on, and nobody goes on behind them; others are', async () => {
    const topic = `damaged.${randomUUID()}`
    await bus.ensureTopics([{ name: topic, partitions: 4, replicationFactor: 1 }])
    const said = `amount-${randomUUID()}`
    const values = ['before', said, 'behind']
    // Each in a batch of its own.
    for (const value of values) await bus.publish([{ topic, key: 'k', value, headers: {} }])
    const mend = tampering.damage(said)
    const subscriber = createSubscriber()
    const { handle } = subscriber
    const given = { groupId: topic, topics: [topic], batchRecordsMax: 10, handle }
    const subscription = await bus.subscribe(given)
    await until('it was told of', () => warnings.length > 0)
    const partition = subscriber.records[0]?.partition
    expect(warnings).toEqual([
      expect.objectContaining({ groupId: topic, topic, partition, offset: '1' }),
    ])

    const others = Array.from({ length: 20 }, (_, at) => `other ${at}`)
    await bus.publish(others.map((value) => ({ topic, key: value, value, headers: {} })))
    const elsewhere = () => subscriber.records.filter((one) => one.partition !== partition)
    await until('other partitions are read', () => elsewhere().length > 5)
    await sleep(1_500)
    expect(subscriber.values()).toContain('before')
    expect(subscriber.records.filter((one) => one.partition === partition)).toHaveLength(1)
    expect(tampering.happened).toBeGreaterThan(1)
    expect(warnings).toHaveLength(1)

    mend()
    await until('all is read', () => subscriber.values().length === values.length + others.length)
    expect(subscriber.values().slice().sort()).toEqual([...values, ...others].sort())
    const inOrder = subscriber.records.filter((one) => one.partition === partition)
    expect(inOrder.slice(0, 3).map(({ value }) => String(value))).toEqual(values)
    await subscription.stop()
  })
})
