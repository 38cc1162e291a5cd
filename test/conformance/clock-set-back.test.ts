// A member of a group goes on with its heartbeats when the clock of its machine is set back.
import { randomUUID } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { stepDate } from '../chaos/step-date.ts'
import { awaitUntil } from '../system/await-until.ts'
import { workerBrokers } from '../worker-kafka.ts'

const tenMinutesMs = 600_000
/** Of heartbeats every 300 ms: without the mend the next one would be ten minutes away. */
const nextLimitMs = 30_000

afterEach(() => stepDate(0))

it('heartbeats go on when the clock is set back by ten minutes', async () => {
  const { Kafka, logLevel } = loadKafkaJs()
  const brokers = workerBrokers()
  const kafka = new Kafka({ brokers: [...brokers], clientId: 'clock', logLevel: logLevel.NOTHING })
  const topic = `clock-${randomUUID()}`
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  const consumer = kafka.consumer({ groupId: topic, heartbeatInterval: 300, maxWaitTimeInMs: 100 })
  let heartbeats = 0
  consumer.on(consumer.events.HEARTBEAT, () => {
    heartbeats += 1
  })
  try {
    await consumer.connect()
    await consumer.subscribe({ topics: [topic] })
    await consumer.run({ eachMessage: async () => {} })
    await awaitUntil('a first heartbeat', () => heartbeats > 0)
    stepDate(-tenMinutesMs)
    // One that was under way notes the time after it.
    const before = heartbeats + 1
    await awaitUntil('another two heartbeats', () => heartbeats > before + 1, nextLimitMs)
    expect(heartbeats).toBeGreaterThan(before)
  } finally {
    await consumer.disconnect()
    await admin.deleteTopics({ topics: [topic] })
    await admin.disconnect()
  }
}, 120_000)
