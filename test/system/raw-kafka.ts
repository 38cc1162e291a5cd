// Kafka as a stranger uses it, past the bus: any bytes on any topic, everything on a topic read,
// topics emptied. The shared broker outlives a test file, its topics' content must not.
import { randomUUID } from 'node:crypto'
import type { Admin, Kafka, Producer } from 'kafkajs'
import type { IncomingRecord } from '../../messaging/bus.ts'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { awaitUntil } from './await-until.ts'

export type RawRecord = {
  readonly topic: string
  readonly partition?: number
  readonly key: string | null
  readonly value: Buffer | null
  readonly headers?: Readonly<Record<string, string>>
}

export type Written = {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}

export type Behind = {
  readonly topic: string
  readonly partition: number
  readonly records: number
  /** The group's committed offset; -1 when there is none. */
  readonly mark: number
  readonly high: number
}

const writesMax = 10

const recordAgeMs = 'message.timestamp.before.max.ms'
/** What a topic has itself, in Kafka's answer about its settings. */
const ownConfig = 1

export class RawKafka {
  readonly #kafka: Kafka
  readonly #admin: Admin
  readonly #producer: Producer

  constructor(brokers: readonly string[]) {
    const { Kafka, logLevel, Partitioners } = loadKafkaJs()
    this.#kafka = new Kafka({
      brokers: [...brokers],
      clientId: 'test-stranger',
      logLevel: logLevel.NOTHING,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30 },
    })
    this.#admin = this.#kafka.admin()
    this.#producer = this.#kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
    })
  }

  async start(): Promise<void> {
    await Promise.all([this.#admin.connect(), this.#producer.connect()])
  }

  async stop(): Promise<void> {
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()])
  }

  /** Removes what earlier tests left on these topics; those that do not exist are skipped. */
  async empty(topics: readonly string[]): Promise<void> {
    const existing = new Set(await this.#admin.listTopics())
    for (const topic of topics) {
      if (!existing.has(topic)) continue
      const offsets = await this.#admin.fetchTopicOffsets(topic)
      const partitions = offsets
        .filter(({ high, low }) => high !== low)
        .map(({ partition, high }) => ({ partition, offset: high }))
      if (partitions.length > 0) await this.#admin.deleteTopicRecords({ topic, partitions })
    }
  }

  /** Removes those topics that an earlier test made with another number of partitions. */
  async removeUnlike(topics: readonly string[], partitions: number): Promise<void> {
    const existing = new Set(await this.#admin.listTopics())
    for (const topic of topics) {
      if (!existing.has(topic)) continue
      const offsets = await this.#admin.fetchTopicOffsets(topic)
      if (offsets.length !== partitions) await this.remove(topic)
    }
  }

  /** Resolves when the topic is not there any more. */
  async remove(topic: string): Promise<void> {
    await this.#admin.deleteTopics({ topics: [topic] })
    const isGone = async () => !(await this.#admin.listTopics()).includes(topic)
    await awaitUntil(`${topic} is gone`, isGone)
  }

  /** Made anew; until it is mended it refuses nearly every record, since it is too old for it. */
  async createSick(topic: string, numPartitions: number): Promise<void> {
    await this.remove(topic)
    const configEntries = [{ name: recordAgeMs, value: '0' }]
    await this.#admin.createTopics({ topics: [{ topic, numPartitions, configEntries }] })
  }

  /** As retention would: records of partition 0 below the offset are gone. */
  async removeBefore(topic: string, offset: bigint): Promise<void> {
    const partitions = [{ partition: 0, offset: String(offset) }]
    // Its clients know a topic only once they have asked for it.
    await this.#admin.fetchTopicOffsets(topic)
    await this.#admin.deleteTopicRecords({ topic, partitions })
  }

  /** Nearly every record is too old for it from now on; answers how to end that. */
  refuseWrites(topic: string): Promise<() => Promise<void>> {
    return this.configure(topic, { [recordAgeMs]: '0' })
  }

  /** Settings of the topic beside those that it has; answers how to take them back. */
  async configure(
    topic: string,
    settings: Readonly<Record<string, string>>,
  ): Promise<() => Promise<void>> {
    const { ConfigResourceTypes } = loadKafkaJs()
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
    const alter = (configEntries: { name: string; value: string }[]) =>
      this.#admin.alterConfigs({
        validateOnly: false,
        resources: [{ ...resource, configEntries }],
      })
    const found = await this.#admin.describeConfigs({
      includeSynonyms: false,
      resources: [resource],
    })
    const before = (found.resources[0]?.configEntries ?? [])
      .filter(({ configSource }) => Number(configSource) === ownConfig)
      .map(({ configName: name, configValue: value }) => ({ name, value }))
    const others = before.filter(({ name }) => !(name in settings))
    const own = Object.entries(settings).map(([name, value]) => ({ name, value }))
    await alter([...others, ...own])
    return async () => void (await alter(before))
  }

  async mend(topic: string): Promise<void> {
    const { ConfigResourceTypes } = loadKafkaJs()
    const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [] }
    await this.#admin.alterConfigs({ validateOnly: false, resources: [resource] })
  }

  /**
   * Resolves when the record is on the topic, perhaps twice. kafkajs resolves as well when it has
   * left out a partition whose leader has moved.
   */
  async write(record: RawRecord): Promise<Written> {
    const { topic, partition = 0, key, value, headers = {} } = record
    const messages = [{ key, value, headers: { ...headers }, partition }]
    for (let tries = 0; tries < writesMax; tries += 1) {
      const results = await this.#producer.send({ topic, acks: -1, messages })
      const offset = results.find((one) => one.partition === partition)?.baseOffset
      if (offset !== undefined) return { topic, partition, offset: BigInt(offset) }
    }
    throw new Error(`partition ${partition} of ${topic} takes no record`)
  }

  /** Every record that the topic holds now. */
  async read(topic: string): Promise<readonly IncomingRecord[]> {
    const offsets = await this.#admin.fetchTopicOffsets(topic)
    const missing = new Map(
      offsets
        .filter(({ high, low }) => high !== low)
        .map(({ partition, high }) => [partition, BigInt(high) - 1n]),
    )
    const records: IncomingRecord[] = []
    const consumer = this.#kafka.consumer({
      groupId: `reader-${randomUUID()}`,
      maxWaitTimeInMs: 50,
    })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const offset = BigInt(message.offset)
        const headers = message.headers as Record<string, Buffer>
        const timestamp = new Date(Number(message.timestamp))
        const { key, value } = message
        records.push({ topic, partition, offset, key, value, headers, timestamp })
        if (offset >= (missing.get(partition) ?? -1n)) missing.delete(partition)
      },
    })
    try {
      await awaitUntil(`everything on ${topic} is read`, () => missing.size === 0)
    } finally {
      await consumer.disconnect()
    }
    return records
  }

  /** The group, which has no members, begins again with what was written since. */
  async rewind(groupId: string, topic: string, sinceMs: number): Promise<void> {
    const partitions = await this.#admin.fetchTopicOffsetsByTimestamp(topic, sinceMs)
    const set = () => this.#admin.setOffsets({ groupId, topic, partitions })
    await awaitUntil(`${groupId} is empty`, async () => {
      await set()
      return true
    })
  }

  /** Records that the group has not committed yet. */
  async lag(groupId: string, topics: readonly string[]): Promise<number> {
    const behind = await this.behind(groupId, topics)
    return behind.reduce((sum, { records }) => sum + records, 0)
  }

  /** The partitions of which the group has not committed all records. */
  async behind(groupId: string, topics: readonly string[]): Promise<readonly Behind[]> {
    const committed = await this.#admin.fetchOffsets({ groupId, topics: [...topics] })
    const found = topics.map(async (topic) => {
      const ends = await this.#admin.fetchTopicOffsets(topic)
      const marks = committed.find((one) => one.topic === topic)?.partitions ?? []
      return ends.map(({ partition, high, low }) => {
        const mark = Number(marks.find((one) => one.partition === partition)?.offset ?? -1)
        const records = Number(high) - Math.max(mark, Number(low))
        return { topic, partition, records, mark, high: Number(high) }
      })
    })
    return (await Promise.all(found)).flat().filter(({ records }) => records > 0)
  }
}
