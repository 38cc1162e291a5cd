// A publication counts only when every partition of it is confirmed.
import type { Admin, Producer, ProducerBatch, RecordMetadata } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import type { OutgoingRecord } from '../../messaging/bus.ts'
import { TopicPartitions } from '../../messaging/kafka/topic-partitions.ts'
import { VerifiedProducer } from '../../messaging/kafka/verified-producer.ts'
import { silentLog } from '../../messaging/log.ts'
import { createInstantClock } from './instant-clock.ts'

type Answer = (batch: ProducerBatch, call: number) => Promise<RecordMetadata[]>

/** Stands in for kafkajs where it must lie, which no real broker can be made to do on demand. */
function createWorld(answer: Answer) {
  const sent: ProducerBatch[] = []
  const sendBatch = async (batch: ProducerBatch) => {
    sent.push(batch)
    return answer(batch, sent.length)
  }
  const fetchTopicMetadata = async ({ topics }: { topics: string[] }) => {
    if (topics.includes('missing')) throw brokerError('UNKNOWN_TOPIC_OR_PARTITION')
    const partitions = [0, 1, 2, 3].map((partitionId) => ({ partitionId }))
    return { topics: topics.map((name) => ({ name, partitions })) }
  }
  const verified = new VerifiedProducer({
    producer: { sendBatch } as unknown as Producer,
    topicPartitions: new TopicPartitions({ fetchTopicMetadata } as unknown as Admin, ['broker:1']),
    deadlineMs: 20_000,
    clock: createInstantClock(),
    log: silentLog,
  })
  return { sent, verified }
}

function brokerError(type: string): Error {
  return Object.assign(new Error(type), { type })
}

function confirmed(batch: ProducerBatch): RecordMetadata[] {
  return (batch.topicMessages ?? []).flatMap(({ topic, messages }) =>
    [...new Set(messages.map(({ partition }) => partition ?? 0))].map((partition) => ({
      topicName: topic,
      partition,
      errorCode: 0,
    })),
  )
}

function valuesOf(batch: ProducerBatch | undefined): readonly string[] {
  const messages = (batch?.topicMessages ?? []).flatMap((topic) => topic.messages)
  return messages.map(({ value }) => String(value)).toSorted()
}

function records(count: number, topic = 'orders', bytes = 1): readonly OutgoingRecord[] {
  return Array.from({ length: count }, (_, at) => ({
    topic,
    key: `${at}`,
    value: `${at}`.padEnd(bytes, '.'),
    headers: { ce_id: `${at}` },
  }))
}

describe('a verified producer', () => {
  test('sends again what the answer leaves out, and nothing else', async () => {
    const world = createWorld(async (batch, call) => {
      const all = confirmed(batch)
      return call === 1 ? all.filter(({ partition }) => partition !== 1) : all
    })
    await world.verified.publish(records(40))
    expect(world.sent).toHaveLength(2)
    const lost = world.sent[0]?.topicMessages?.flatMap((topic) => topic.messages) ?? []
    const expected = lost.filter(({ partition }) => partition === 1).map(({ value }) => value)
    expect(expected.length).toBeGreaterThan(0)
    expect(valuesOf(world.sent[1])).toEqual(expected.map(String).toSorted())
  })

  test('does not believe a partition that is reported with an error', async () => {
    const world = createWorld(async (batch, call) =>
      confirmed(batch).map((entry) => ({ ...entry, errorCode: call === 1 ? 7 : 0 })),
    )
    await world.verified.publish(records(5))
    expect(world.sent).toHaveLength(2)
    expect(valuesOf(world.sent[1])).toEqual(valuesOf(world.sent[0]))
  })

  test('gives up at the deadline, and says how many are unconfirmed', async () => {
    const world = createWorld(async () => [])
    const published = world.verified.publish(records(3))
    await expect(published).rejects.toMatchObject({
      code: 'PUBLISH_UNCONFIRMED',
      details: { missing: 3, sent: 3 },
    })
    expect(world.sent.length).toBeGreaterThan(10)
  })

  test('repeats after an error, since the records may be lost or not', async () => {
    const world = createWorld(async (batch, call) => {
      if (call < 3) throw brokerError('NOT_LEADER_FOR_PARTITION')
      return confirmed(batch)
    })
    await world.verified.publish(records(2))
    expect(world.sent).toHaveLength(3)
  })

  test('keeps each partition of a request below what the broker takes', async () => {
    const world = createWorld(async (batch) => confirmed(batch))
    const many = records(60, 'orders', 50 * 1024)
    await world.verified.publish(many)
    expect(world.sent.length).toBeGreaterThan(1)
    const orders = new Map<number, number[]>()
    for (const batch of world.sent) {
      const bytes = new Map<number, number>()
      for (const { partition = 0, value } of batch.topicMessages?.[0]?.messages ?? []) {
        bytes.set(partition, (bytes.get(partition) ?? 0) + String(value).length)
        orders.set(partition, [
          ...(orders.get(partition) ?? []),
          Number.parseInt(String(value), 10),
        ])
      }
      for (const sum of bytes.values()) expect(sum).toBeLessThan(262_144)
    }
    for (const order of orders.values()) expect(order).toEqual(order.toSorted((a, b) => a - b))
  })

  test('refuses a record that is too large before anything is sent', async () => {
    const world = createWorld(async (batch) => confirmed(batch))
    const published = world.verified.publish([...records(1), ...records(1, 'orders', 205_000)])
    await expect(published).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    expect(world.sent).toHaveLength(0)
  })

  test('says at once that a topic is missing, also one that went away', async () => {
    const missing = createWorld(async (batch) => confirmed(batch))
    const published = missing.verified.publish(records(1, 'missing'))
    await expect(published).rejects.toMatchObject({ code: 'TOPIC_MISSING' })
    const wrapped = new Error('retries exceeded', { cause: brokerError('INVALID_TOPIC_EXCEPTION') })
    const back = createWorld(async (batch, call) => {
      if (call === 1) throw wrapped
      return confirmed(batch)
    })
    await back.verified.publish(records(1))
    expect(back.sent).toHaveLength(2)
  })

  test('sends one call after the other, also after one that failed', async () => {
    const world = createWorld(async (batch) => {
      const [first] = valuesOf(batch)
      if (first === 'bad') throw brokerError('MESSAGE_TOO_LARGE')
      await new Promise((resolve) => setImmediate(resolve))
      return confirmed(batch)
    })
    const bad = world.verified.publish([{ topic: 'orders', key: 'a', value: 'bad', headers: {} }])
    const good = world.verified.publish(records(1))
    await expect(bad).rejects.toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    await good
    expect(world.sent.map(valuesOf)).toEqual([['bad'], ['0']])
  })
})
