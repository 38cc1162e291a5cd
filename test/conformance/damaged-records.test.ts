// Records of which a bit has flipped on a broker's disk or on their way: plain kafkajs hands them on as
// what was said, since it looks at no checksum. Where a broker finds it itself, and says so, plain kafkajs
// throws the whole answer away, and asks again for ever.
import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bus, Handled, IncomingRecord } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { createSubscriber, sleep, until } from './subscriber.ts'
import { type Tampering, tamperWithSockets } from './tampered-sockets.ts'

const slowMs = 120_000
const partitions = 4
/** Two looks at what is damaged are a second apart, in each of a few fetchers at most. */
const watchedMs = 2_500
const looksMax = 8

type Partition = {
  errorCode: number
  messages: readonly { readonly offset: string; readonly value: Buffer }[]
}
type Answer = {
  readonly responses: readonly { readonly partitions: readonly Partition[] }[]
}

const require = createRequire(import.meta.url)
const corruptMessage = 2

/** The broker answers as it does for a segment that it cannot read, from this text on. */
function findDamage(text: string) {
  const response = require('kafkajs/src/protocol/requests/fetch/v11/response') as {
    decode: (bytes: Buffer) => Promise<Answer>
  }
  const { decode } = response
  let found = 0
  response.decode = async (bytes) => {
    const answer = await decode(bytes)
    for (const partition of answer.responses.flatMap((topic) => topic.partitions)) {
      const at = partition.messages.findIndex(({ value }) => String(value) === text)
      if (at < 0) continue
      found += 1
      partition.messages = partition.messages.slice(0, at)
      if (at === 0) partition.errorCode = corruptMessage
    }
    return answer
  }
  const end = () => {
    response.decode = decode
  }
  return { found: () => found, end }
}

describe('records that are damaged', { timeout: slowMs }, () => {
  let tampering: Tampering
  let bus: Bus
  const told: { readonly message: string; readonly offset: string }[] = []

  beforeAll(async () => {
    tampering = tamperWithSockets()
    const warn = (_: string, fields: object = {}) => {
      if (/damaged/.test(JSON.stringify(fields))) told.push(fields as (typeof told)[number])
    }
    const log = { ...silentLog, warn }
    const given = { brokers: workerBrokers(), clientId: 'own', log, commitIntervalMs: 100 }
    const onFatal = (error: Error) => {
      throw error
    }
    bus = createKafkaBus({ ...given, onFatal })
    await bus.start()
  }, slowMs)
  afterAll(async () => {
    tampering?.end()
    await bus?.stop()
  })

  function flipBits(text: string) {
    const before = tampering.happened
    return { found: () => tampering.happened - before, end: tampering.damage(text) }
  }

  const join = (topic: string, handle: (records: readonly IncomingRecord[]) => Promise<Handled>) =>
    bus.subscribe({ groupId: topic, topics: [topic], batchRecordsMax: 10, handle })

  test.each([
    ['by a bit of what comes', flipBits],
    ['as the broker finds itself', findDamage],
  ])('%s are not handed on, and nobody goes on behind them; others are', async (_, damage) => {
    const topic = `checked.${randomUUID()}`
    await bus.ensureTopics([{ name: topic, partitions, replicationFactor: 1 }])
    const publish = (value: string, key = value) =>
      bus.publish([{ topic, key, value, headers: {} }])
    const said = `amount-${randomUUID()}`
    const values = ['before', said, 'behind']
    // Each in a batch of its own.
    for (const value of values) await publish(value, 'one key')
    told.length = 0
    const damaged = damage(said)
    const subscriber = createSubscriber()
    const subscription = await join(topic, subscriber.handle)
    await until('it was told of', () => told.length > 0 && subscriber.records.length > 0)
    const partition = subscriber.records[0]?.partition
    const where = { groupId: topic, topic, partition, offset: '1' }
    expect(told).toEqual([expect.objectContaining(where)])

    const others = Array.from({ length: 20 }, (_, at) => `other ${at}`)
    for (const value of others) await publish(value)
    const elsewhere = () => subscriber.records.filter((one) => one.partition !== partition)
    await until('other partitions are read', () => elsewhere().length > 5)
    const found = damaged.found()
    await sleep(watchedMs)
    const looks = damaged.found() - found
    expect(subscriber.records.filter((one) => one.partition === partition)).toHaveLength(1)
    await until('it was looked at again', () => damaged.found() > found)
    expect(looks).toBeLessThan(looksMax)
    expect(told).toHaveLength(1)

    damaged.end()
    await until('all is read', () => subscriber.values().length === values.length + others.length)
    expect(subscriber.values().toSorted()).toEqual([...values, ...others].toSorted())
    const inOrder = subscriber.records.filter((one) => one.partition === partition)
    expect(inOrder.slice(0, 3).map(({ value }) => String(value))).toEqual(values)
    expect(told).toHaveLength(2)
    expect(told[1]).toMatchObject({ ...where, message: expect.stringContaining('whole') })
    await subscription.stop()
  })
})
