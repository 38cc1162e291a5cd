// Three ways in which kafkajs's idempotent producer acknowledges what it lost, each provoked on a
// real broker: first with plain kafkajs, to see that the hazard is real, then with our bus.
import { randomUUID } from 'node:crypto'
import { Kafka, type Producer } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { awaitUntil } from '../system/await-until.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { type Tampering, tamperWithSockets } from './tampered-sockets.ts'

const slowMs = 120_000
/** Which of several sends comes first is chance: plain kafkajs gets so many goes at losing one. */
const goesMax = 20

describe('an answer that is lost', { timeout: slowMs }, () => {
  let tampering: Tampering
  let bus: Bus
  let raw: RawKafka

  beforeAll(async () => {
    tampering = tamperWithSockets()
    const onFatal = (error: Error) => {
      throw error
    }
    bus = createKafkaBus({ brokers: workerBrokers(), clientId: 'own', log: silentLog, onFatal })
    raw = new RawKafka(workerBrokers())
    await Promise.all([bus.start(), raw.start()])
  }, slowMs)
  afterAll(async () => {
    tampering?.end()
    await bus?.stop()
    await raw?.stop()
  })

  async function newTopic(): Promise<string> {
    const name = `lost.${randomUUID()}`
    await bus.ensureTopics([{ name, partitions: 2, replicationFactor: 1 }])
    // A broker that does not know it yet would cost a producer its tries.
    await awaitUntil('its partitions answer', () => bus.edges([name]))
    return name
  }

  /** As its documentation recommends it for exactly one delivery. */
  async function withIdempotent(
    retries: number,
    work: (producer: Producer) => Promise<void>,
  ): Promise<void> {
    const kafka = new Kafka({ clientId: 'plain', brokers: [...workerBrokers()], logLevel: 0 })
    const producer = kafka.producer({
      idempotent: true,
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      retry: { initialRetryTime: 50, maxRetryTime: 200, retries },
    })
    await producer.connect()
    try {
      await work(producer)
    } finally {
      await producer.disconnect()
    }
  }

  const valuesOf = async (topic: string) =>
    new Set((await raw.read(topic)).map(({ value }) => String(value)))

  const letters = ['a', 'b', 'c', 'd']
  const messageOf = (value: string) => ({ key: 'k', value, partition: 0 })
  const recordOf = (topic: string, value: string) => ({ topic, key: 'k', value, headers: {} })

  test('of one of several sends at once: plain kafkajs confirms a record that is not there', async () => {
    let lost: readonly string[] = []
    for (let go = 0; go < goesMax && lost.length === 0; go += 1) {
      const topic = await newTopic()
      const confirmed: string[] = []
      await withIdempotent(5, async (producer) => {
        await producer.send({ topic, messages: [messageOf('first')] })
        tampering.loseAnswers(topic, 1)
        const sends = letters.map(async (value) => {
          await producer.send({ topic, messages: [messageOf(value)] })
          confirmed.push(value)
        })
        await Promise.allSettled(sends)
      })
      const there = await valuesOf(topic)
      lost = confirmed.filter((value) => !there.has(value))
    }
    expect(lost.length).toBeGreaterThan(0)
  })

  test('of one of several sends at once: with the bus all of them are there', async () => {
    const topic = await newTopic()
    const before = tampering.happened
    tampering.loseAnswers(topic, 2)
    await Promise.all(letters.map((value) => bus.publish([recordOf(topic, value)])))
    expect(tampering.happened - before).toBe(2)
    expect(await valuesOf(topic)).toEqual(new Set(letters))
  })

  test('of a send that is then rejected: plain kafkajs confirms the next one, which is not there', async () => {
    const topic = await newTopic()
    await withIdempotent(1, async (producer) => {
      await producer.send({ topic, messages: [messageOf('first')] })
      tampering.loseAnswers(topic, Number.MAX_SAFE_INTEGER)
      await expect(producer.send({ topic, messages: [messageOf('rejected')] })).rejects.toThrow()
      tampering.loseAnswers(topic, 0)
      await producer.send({ topic, messages: [messageOf('next')] })
    })
    expect(await valuesOf(topic)).toEqual(new Set(['first', 'rejected']))
  })

  test('of a send that is then rejected: with the bus the next one is there', async () => {
    const topic = await newTopic()
    const hasty = createKafkaBus({
      brokers: workerBrokers(),
      clientId: 'hasty',
      publishDeadlineMs: 2_000,
      log: silentLog,
      onFatal: (error) => {
        throw error
      },
    })
    await hasty.start()
    try {
      await hasty.publish([recordOf(topic, 'first')])
      tampering.loseAnswers(topic, Number.MAX_SAFE_INTEGER)
      const rejected = hasty.publish([recordOf(topic, 'rejected')])
      await expect(rejected).rejects.toMatchObject({ code: 'PUBLISH_UNCONFIRMED' })
      tampering.loseAnswers(topic, 0)
      await hasty.publish([recordOf(topic, 'next')])
    } finally {
      await hasty.stop()
    }
    expect(await valuesOf(topic)).toEqual(new Set(['first', 'rejected', 'next']))
  })

  const tooLarge = 'x'.repeat(600 * 1024)

  test('an oversized record in a batch: plain kafkajs confirms the next one, which is not there', async () => {
    const topic = await newTopic()
    await withIdempotent(1, async (producer) => {
      await producer.send({ topic, messages: [messageOf('first')] })
      const messages = [messageOf('beside'), { ...messageOf(tooLarge), partition: 1 }]
      await expect(producer.send({ topic, messages })).rejects.toThrow()
      await producer.send({ topic, messages: [messageOf('next')] })
    })
    const there = await valuesOf(topic)
    expect(there.has('beside')).toBe(true)
    expect(there.has('next')).toBe(false)
  })

  test('an oversized record in a batch: the bus refuses it, and the next one is there', async () => {
    const topic = await newTopic()
    const batch = bus.publish([recordOf(topic, 'beside'), recordOf(topic, tooLarge)])
    await expect(batch).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    await bus.publish([recordOf(topic, 'next')])
    expect((await valuesOf(topic)).has('next')).toBe(true)
  })
})
