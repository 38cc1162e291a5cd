// Kafka as a stranger uses it, past the proxies: writes records again that are on a topic, writes
// what nobody should, joins groups that it has no part in.
import { randomUUID } from 'node:crypto'
import type { Admin, Kafka, Message, Producer, ReplicaAssignment } from 'kafkajs'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { awaitUntil } from '../system/await-until.ts'

export type PlacedRecord = {
  readonly partition: number
  readonly key: Buffer | string | null
  readonly value: Buffer | null
  readonly headers: NonNullable<Message['headers']>
}

/** Longer than a broker is away, and its own clients wait for an answer. */
const readLimitMs = 90_000
const writesMax = 10
const sessionTimeoutMs = 6_000

export class GuestKafka {
  readonly brokers: readonly string[]
  /** The marks of all poison that was written. */
  readonly poison = new Set<string>()
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #producer: Producer

  constructor(brokers: readonly string[]) {
    const { Kafka, logLevel, Partitioners } = loadKafkaJs()
    this.brokers = brokers
    this.#kafka = new Kafka({
      brokers: [...brokers],
      clientId: 'chaos',
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30 },
    })
    this.#admin = this.#kafka.admin()
    const createPartitioner = Partitioners.DefaultPartitioner
    this.#producer = this.#kafka.producer({ createPartitioner })
  }

  async start(): Promise<void> {
    await Promise.all([this.#admin.connect(), this.#producer.connect()])
  }

  async stop(): Promise<void> {
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()])
  }

  /**
   * Resolves when each partition's records are on the topic, some perhaps twice. kafkajs resolves
   * as well when it has left out those of a partition whose leader has moved.
   */
  async write(topic: string, records: readonly PlacedRecord[]): Promise<void> {
    const left = new Set(records)
    for (let tries = 0; left.size > 0; tries += 1) {
      if (tries === writesMax) throw new Error(`${left.size} records of ${topic} are not written`)
      const results = await this.#producer.send({ topic, acks: -1, messages: [...left] })
      const written = new Set(results.map(({ partition }) => partition))
      for (const record of left) if (written.has(record.partition)) left.delete(record)
    }
  }

  /** The last records of each partition. */
  async readTail(topic: string, perPartition: number): Promise<readonly PlacedRecord[]> {
    const offsets = await this.#admin.fetchTopicOffsets(topic)
    const missing = new Map<number, bigint>()
    const from = new Map<number, bigint>()
    for (const { partition, low, high } of offsets) {
      const first = BigInt(high) - BigInt(perPartition)
      from.set(partition, first > BigInt(low) ? first : BigInt(low))
      if (BigInt(high) > BigInt(low)) missing.set(partition, BigInt(high) - 1n)
    }
    const found: PlacedRecord[] = []
    const consumer = this.#kafka.consumer({ groupId: `chaos-${randomUUID()}`, maxWaitTimeInMs: 50 })
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachMessage: async ({ partition, message }) => {
          const offset = BigInt(message.offset)
          if (offset < (from.get(partition) ?? 0n)) return
          const { key, value, headers = {} } = message
          if (missing.has(partition)) found.push({ partition, key, value, headers })
          if (offset >= (missing.get(partition) ?? -1n)) missing.delete(partition)
        },
      })
      for (const [partition, offset] of from) {
        consumer.seek({ topic, partition, offset: `${offset}` })
      }
      await awaitUntil(`the end of ${topic} is read`, () => missing.size === 0, readLimitMs)
    } finally {
      await consumer.disconnect()
    }
    return found
  }

  /** Joins, is given partitions of which it does nothing, and leaves: two rebalances. */
  async visitGroup(groupId: string, topic: string): Promise<void> {
    const consumer = this.#kafka.consumer({
      groupId,
      sessionTimeout: sessionTimeoutMs,
      maxWaitTimeInMs: 100,
    })
    const joined = new Promise<void>((resolve) => {
      consumer.on(consumer.events.GROUP_JOIN, () => resolve())
    })
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [topic], fromBeginning: true })
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async () => {},
      })
      let isIn = false
      void joined.then(() => {
        isIn = true
      })
      await awaitUntil(`a guest is in ${groupId}`, () => isIn, readLimitMs)
    } finally {
      await consumer.disconnect()
    }
  }

  /**
   * Every partition of the topic gets another leader while all brokers are up, as by a reassignment.
   * Resolves when the leaders of before are replicas in sync again.
   */
  async moveLeaders(topic: string): Promise<void> {
    const before = await this.#partitionsOf(topic)
    if (before.length === 0) throw new Error(`${topic} is not there`)
    const others = before.map(({ partition, leader, replicas }) => {
      return { partition, replicas: replicas.filter((broker) => broker !== leader) }
    })
    await this.#assign(topic, others)
    await awaitUntil(
      `${topic} has other leaders`,
      async () => {
        const now = await this.#partitionsOf(topic)
        return now.every(({ partition, leader }) => {
          return others.find((one) => one.partition === partition)?.replicas.includes(leader)
        })
      },
      readLimitMs,
    )
    const all = before.map(({ partition, replicas }) => ({ partition, replicas }))
    await this.#assign(topic, all)
    await awaitUntil(
      `${topic} has its replicas back`,
      async () => {
        const now = await this.#partitionsOf(topic)
        return now.every(({ partition, isr }) => {
          return isr.length === all.find((one) => one.partition === partition)?.replicas.length
        })
      },
      readLimitMs,
    )
  }

  async #partitionsOf(topic: string) {
    const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] })
    const partitions = topics[0]?.partitions ?? []
    return partitions.map(({ partitionId, leader, replicas, isr }) => {
      return { partition: partitionId, leader, replicas, isr }
    })
  }

  async #assign(topic: string, partitionAssignment: ReplicaAssignment[]): Promise<void> {
    await this.#admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] })
  }

  /** Whether every partition has all its replicas in sync. */
  async isWhole(): Promise<boolean> {
    const { topics } = await this.#admin.fetchTopicMetadata()
    return topics.every(({ partitions }) =>
      partitions.every(({ isr, replicas }) => isr.length === replicas.length),
    )
  }
}
