// Kafka in memory for tests of sagas and participants: topics with partitions, consumer groups
// with rebalances, delivery at least once. One broker, and one client for each process that a test
// imitates. It passes the same conformance suite as the real bus.
import type { BatchLoopOptions } from '../messaging/batch-loop.ts'
import type {
  Bus,
  IncomingRecord,
  OutgoingRecord,
  SubscribeOptions,
  Subscription,
  TopicEdges,
  TopicSpec,
} from '../messaging/bus.ts'
import { type Clock, realClock } from '../messaging/clock.ts'
import { messageBytesMax, sizeOf } from '../messaging/envelope.ts'
import { messagingError } from '../messaging/errors.ts'
import { type Log, silentLog } from '../messaging/log.ts'
import { partitionOf } from '../messaging/partition.ts'
import { MemoryGroup } from './memory-group.ts'
import { MemoryMember } from './memory-member.ts'

export type MemoryBrokerOptions = {
  readonly clock?: Clock
  readonly log?: Log
  /** The pause after a handler failed. */
  readonly retry?: BatchLoopOptions['retry']
}

export type MemoryBroker = {
  /** A client, as one process has it. */
  connect(): MemoryBus
  /** From now on nothing is confirmed and nothing delivered, until `start`. */
  kill(): void
  start(): void
  /** Every record of a topic, by partition, for assertions. */
  records(topic: string): readonly (readonly IncomingRecord[])[]
  /** The next offset that the group would read, by partition. */
  committed(groupId: string, topic: string): readonly bigint[]
}

export type MemoryBus = Bus & {
  /** As kill -9: its members are gone, nothing more is marked, handlers that run change nothing. */
  crash(): void
}

/** A broker in memory that several buses share, with groups and redelivery as Kafka has them. */
export function createMemoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  return new Broker(options)
}

/** One client of a broker of its own, for a test with one process. */
export function createMemoryBus(options: MemoryBrokerOptions = {}): MemoryBus {
  return createMemoryBroker(options).connect()
}

const defaultRetry = { initialMs: 10, maxMs: 200 }

class Broker implements MemoryBroker {
  readonly clock: Clock
  readonly log: Log
  readonly retry: BatchLoopOptions['retry']
  readonly #topics = new Map<string, IncomingRecord[][]>()
  readonly #groups = new Map<string, MemoryGroup>()
  isUp = true

  constructor({ clock = realClock, log = silentLog, retry = defaultRetry }: MemoryBrokerOptions) {
    this.clock = clock
    this.log = log
    this.retry = retry
  }

  connect(): MemoryBus {
    return new Client(this)
  }

  kill(): void {
    this.isUp = false
  }

  start(): void {
    this.isUp = true
    this.deliver()
  }

  records(topic: string): readonly IncomingRecord[][] {
    const partitions = this.#topics.get(topic)
    if (partitions === undefined) throw messagingError('TOPIC_MISSING', { topic })
    return partitions
  }

  committed(groupId: string, topic: string): readonly bigint[] {
    const group = this.group(groupId)
    return this.records(topic).map((_, partition) => group.committedOffset({ topic, partition }))
  }

  createTopic({ name, partitions }: TopicSpec): void {
    if (this.#topics.has(name)) return
    this.#topics.set(
      name,
      Array.from({ length: partitions }, () => []),
    )
  }

  append(record: OutgoingRecord): void {
    const partitions = this.records(record.topic)
    const partition = partitionOf(record.key, partitions.length)
    const log = partitions[partition] ?? []
    log.push(toIncoming(record, { partition, offset: BigInt(log.length), now: this.clock.now() }))
  }

  group(groupId: string): MemoryGroup {
    const group =
      this.#groups.get(groupId) ?? new MemoryGroup((topic) => this.records(topic).length)
    this.#groups.set(groupId, group)
    return group
  }

  deliver(): void {
    if (!this.isUp) return
    for (const group of this.#groups.values()) group.deliver()
  }
}

class Client implements MemoryBus {
  readonly #broker: Broker
  readonly #members = new Set<MemoryMember>()
  #isRunning = false
  #stopped: Promise<void> | null = null

  constructor(broker: Broker) {
    this.#broker = broker
  }

  async start(): Promise<void> {
    this.#isRunning = true
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  crash(): void {
    this.#isRunning = false
    for (const member of this.#members) member.crash()
    this.#members.clear()
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#mustRun()
    for (const topic of topics) this.#broker.createTopic(topic)
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    this.#mustRun()
    for (const record of records) {
      this.#broker.records(record.topic)
      refuseTooLarge(record)
    }
    if (!this.#broker.isUp) {
      const counts = { missing: records.length, sent: records.length }
      throw messagingError('PUBLISH_UNCONFIRMED', { ...counts, problem: 'the broker is down' })
    }
    for (const record of records) this.#broker.append(record)
    this.#broker.deliver()
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#mustRun()
    const { clock, log, retry } = this.#broker
    for (const topic of options.topics) this.#broker.records(topic)
    const group = this.#broker.group(options.groupId)
    const read = (topic: string, partition: number) => this.#broker.records(topic)[partition] ?? []
    const isUp = () => this.#broker.isUp
    const member = new MemoryMember({ ...options, clock, log, retry, group, read, isUp })
    this.#members.add(member)
    member.start()
    return {
      problem: () => member.problem(),
      stop: async () => {
        await member.stop()
        this.#members.delete(member)
      },
    }
  }

  async problem(): Promise<string | null> {
    if (!this.#isRunning) return 'the bus is not running'
    return this.#broker.isUp ? null : 'the broker is down'
  }

  async lag(groupId: string, topics: readonly string[]): Promise<Record<string, number>> {
    this.#mustRun()
    const lagOf = (topic: string) => {
      const ends = this.#broker.records(topic).map(({ length }) => length)
      const done = this.#broker.committed(groupId, topic)
      return ends.reduce((sum, end, partition) => sum + end - Number(done[partition] ?? 0), 0)
    }
    return Object.fromEntries(topics.map((topic) => [topic, lagOf(topic)]))
  }

  async edges(topics: readonly string[]): Promise<TopicEdges> {
    this.#mustRun()
    const edgesOf = (topic: string) =>
      this.#broker.records(topic).map(({ length: high }) => ({ low: 0, high }))
    return Object.fromEntries(topics.map((topic) => [topic, edgesOf(topic)]))
  }

  async #stop(): Promise<void> {
    await Promise.all([...this.#members].map((member) => member.stop()))
    this.#members.clear()
    this.#isRunning = false
  }

  #mustRun(): void {
    if (!this.#isRunning) throw messagingError('BUS_STOPPED')
  }
}

function toIncoming(
  record: OutgoingRecord,
  at: { readonly partition: number; readonly offset: bigint; readonly now: Date },
): IncomingRecord {
  return {
    topic: record.topic,
    partition: at.partition,
    offset: at.offset,
    key: toBytes(record.key),
    value: toBytes(record.value),
    headers: Object.fromEntries(
      Object.entries(record.headers).map(([name, text]) => [name, Buffer.from(text as string)]),
    ),
    ...(record.repeated && { repeated: record.repeated }),
    timestamp: at.now,
  }
}

function toBytes(text: string | Buffer | null): Buffer | null {
  return text === null ? null : Buffer.from(text as string)
}

function refuseTooLarge(record: OutgoingRecord): void {
  const bytes = sizeOf(toIncoming(record, { partition: 0, offset: 0n, now: new Date(0) }))
  if (bytes <= messageBytesMax) return
  const id = String(record.headers['ce_id'] ?? record.key)
  throw messagingError('MESSAGE_TOO_LARGE', { id, bytes, limit: messageBytesMax })
}
