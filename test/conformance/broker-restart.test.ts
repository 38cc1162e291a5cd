// A broker that is killed while everything runs: what was acknowledged is there afterwards, and
// the consumer finds back by itself. It has a broker of its own.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readLocalConfig } from '../../local/config.ts'
import { type LocalKafka, startLocalKafka } from '../../local/local-kafka.ts'
import type { Bus } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { createPublisher } from '../../messaging/publisher.ts'
import { orderMessage } from '../messaging/order-message.ts'
import { createSubscriber, settled, sleep, until } from './subscriber.ts'

const slowMs = 120_000
const messagesCount = 400

describe('a broker that is killed and comes back', { timeout: slowMs }, () => {
  let kafka: LocalKafka
  let bus: Bus
  const fatal: Error[] = []

  beforeAll(async () => {
    const config = { ...readLocalConfig(), kafkaBrokers: undefined }
    const report = () => undefined
    kafka = await startLocalKafka({ config, isDockerUsable: false, brokerCount: 1, report })
    bus = createKafkaBus({
      brokers: kafka.brokers,
      clientId: 'broker-restart',
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 500,
      log: silentLog,
      onFatal: (error) => fatal.push(error),
    })
    await bus.start()
  }, slowMs)
  afterAll(async () => {
    await bus?.stop()
    await kafka?.remove()
  }, slowMs)

  test('loses nothing that was acknowledged, and delivery goes on', async () => {
    const topic = `restart.${randomUUID()}`
    await bus.ensureTopics([{ name: topic, partitions: 4, replicationFactor: 1 }])
    const subscriber = createSubscriber()
    const { handle } = subscriber
    const subscription = await bus.subscribe({
      groupId: topic,
      topics: [topic],
      batchRecordsMax: 100,
      handle,
    })
    const publisher = createPublisher({ bus, log: silentLog })
    const acknowledged = new Set<string>()
    const publishing: Promise<void>[] = []
    for (let at = 0; at < messagesCount; at += 1) {
      const message = orderMessage(topic, at)
      publishing.push(publisher.publish([message]).then(() => void acknowledged.add(message.id)))
      if (at === messagesCount / 4) await kafka.kill()
      if (at === messagesCount / 2) {
        expect(await bus.problem()).not.toBeNull()
        await kafka.start()
      }
      await sleep(5)
    }
    await Promise.all(publishing)
    expect(acknowledged.size).toBe(messagesCount)
    const arrived = () =>
      new Set(subscriber.records.map(({ headers }) => headers['ce_id']?.toString()))
    await until('all have come', () => arrived().size === messagesCount, 60_000)
    expect(arrived()).toEqual(acknowledged)
    expect(fatal).toEqual([])
    await until('all is well again', () => subscription.problem() === null)
    // Each look gives up after 3 s.
    await expect.poll(() => bus.problem(), { timeout: 30_000 }).toBeNull()
    await publisher.stop()
    await subscription.stop()
  })

  test('a handler that throws a TypeError does not end the consumer', async () => {
    const topic = `crash.${randomUUID()}`
    await bus.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1 }])
    const subscriber = createSubscriber()
    let failures = 3
    subscriber.react = async () => {
      failures -= 1
      if (failures >= 0) throw new TypeError('a bug in a handler')
      return settled
    }
    const { handle } = subscriber
    const options = { groupId: topic, topics: [topic], batchRecordsMax: 1, handle }
    const subscription = await bus.subscribe(options)
    for (const value of ['0', '1', '2', '3']) {
      await bus.publish([{ topic, key: 'same', value, headers: {} }])
    }
    await until('all have come', () => subscriber.values().length === 4)
    expect(fatal).toEqual([])
    await subscription.stop()
  })

  test('a bus that stops while the broker is away does not hang', async () => {
    const topic = `away.${randomUUID()}`
    await bus.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1 }])
    const other = createKafkaBus({
      brokers: kafka.brokers,
      clientId: 'away',
      stopDeadlineMs: 1_000,
      publishDeadlineMs: 1_000,
      log: silentLog,
      onFatal: (error) => fatal.push(error),
    })
    await other.start()
    const { handle } = createSubscriber()
    await other.subscribe({ groupId: topic, topics: [topic], batchRecordsMax: 1, handle })
    await kafka.kill()
    const published = other.publish([{ topic, key: 'a', value: 'b', headers: {} }])
    await expect(published).rejects.toMatchObject({ code: 'PUBLISH_UNCONFIRMED' })
    const started = performance.now()
    await other.stop()
    expect(performance.now() - started).toBeLessThan(10_000)
    await kafka.start()
  })
})
