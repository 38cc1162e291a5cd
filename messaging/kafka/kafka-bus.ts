// The Bus over a real Kafka. Everything that knows kafkajs lives in this folder, and the rest of
// Sagaline sees only `createKafkaBus`. States: made, started, stopped; it does not start again.
import type { Admin, Kafka, Producer } from 'kafkajs'
import type {
  Bus,
  OutgoingRecord,
  PublishingOptions,
  SubscribeOptions,
  Subscription,
  TopicEdges,
  TopicSpec,
} from '../bus.ts'
import { type Clock, realClock } from '../clock.ts'
import { messagingError } from '../errors.ts'
import type { Log } from '../log.ts'
import {
  adminConfig,
  clientConfig,
  consumerConfig,
  defaultTimings,
  type KafkaConnection,
  type KafkaTimings,
  producerConfig,
} from './client-settings.ts'
import { ensureTopics } from './ensure-topics.ts'
import { groupLag, topicEdges } from './group-lag.ts'
import { KafkaSubscription } from './kafka-subscription.ts'
import type { GroupMember } from './leave-groups.ts'
import { loadKafkaJs } from './load-kafkajs.ts'
import { prefixedBus } from './prefixed-bus.ts'
import { TopicPartitions } from './topic-partitions.ts'
import { isMissing, toTrouble } from './trouble.ts'
import { VerifiedProducer } from './verified-producer.ts'
import { within } from './within.ts'

export type KafkaBusOptions = KafkaConnection &
  Partial<KafkaTimings> & {
    readonly log: Log
    /** A consumer is lost for good: the process must exit and be started anew. Called once. */
    readonly onFatal: (error: Error) => void
    /** Told of each member that this process has in a group, before its first record. */
    readonly onJoined?: (member: GroupMember) => void
    readonly clock?: Clock
  }

/** For `problem` and `lag`: within the patience of whoever asks for readiness. */
const probeDeadlineMs = 3_000

/** Creating topics waits for their leaders. */
const ensureDeadlineMs = 60_000

/** A bus on real brokers, by kafkajs. It connects at `start`; `onFatal` means: start anew. */
export function createKafkaBus(options: KafkaBusOptions): Bus {
  const { prefix = '' } = options
  const bus = new KafkaBus(options)
  return prefix === '' ? bus : prefixedBus(bus, prefix)
}

/** Publishes one call after the other. */
type Line = { readonly producer: Producer; readonly verified: VerifiedProducer }

class KafkaBus implements Bus {
  readonly #options: KafkaBusOptions
  readonly #timings: KafkaTimings
  readonly #clock: Clock
  readonly #kafka: Kafka
  readonly #admin: Admin
  /** Its own, for `problem`: what a client knows of the cluster is what it was last asked about. */
  readonly #prober: Admin
  readonly #topicPartitions: TopicPartitions
  readonly #usual: Line
  /** A connection of its own: the broker answers the requests of each one after the other. It
   * connects when first used. */
  readonly #apart: Line
  #apartConnected: Promise<void> | null = null
  readonly #subscriptions = new Set<KafkaSubscription>()
  #state: 'made' | 'started' | 'stopped' = 'made'
  #started: Promise<void> | null = null
  #stopped: Promise<void> | null = null
  #probe: Promise<string | null> | null = null
  #isFatal = false

  constructor(options: KafkaBusOptions) {
    const { log, brokers } = options
    this.#options = options
    this.#timings = timingsOf(options)
    this.#clock = options.clock ?? realClock
    const { Kafka } = loadKafkaJs()
    this.#kafka = new Kafka(clientConfig(options, log))
    this.#admin = this.#kafka.admin(adminConfig)
    this.#prober = this.#kafka.admin(adminConfig)
    this.#topicPartitions = new TopicPartitions(this.#admin, brokers)
    this.#usual = this.#makeLine()
    this.#apart = this.#makeLine()
  }

  start(): Promise<void> {
    this.#started ??= this.#start()
    return this.#started
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#mustRun()
    await this.#reach(ensureTopics(this.#admin, topics, this.#clock), ensureDeadlineMs)
  }

  async publish(
    records: readonly OutgoingRecord[],
    { isApart = false }: PublishingOptions = {},
  ): Promise<void> {
    this.#mustRun()
    if (isApart) await this.#connectApart()
    await (isApart ? this.#apart : this.#usual).verified.publish(records)
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.#mustRun()
    const { connectDeadlineMs } = this.#timings
    await this.#topicPartitions.load(options.topics, connectDeadlineMs)
    const subscription = new KafkaSubscription({
      ...options,
      timings: this.#timings,
      clock: this.#clock,
      log: this.#options.log,
      createConsumer: (mayRestart) =>
        this.#kafka.consumer(consumerConfig(options, this.#timings, mayRestart)),
      brokerProblem: () => this.problem(),
      partitionsOf: (topic) => this.#topicPartitions.known(topic),
      onJoined: (member) => this.#options.onJoined?.(member),
      onFatal: (error) => this.#fatal(error),
    })
    this.#subscriptions.add(subscription)
    const stop = async () => {
      await subscription.stop()
      this.#subscriptions.delete(subscription)
    }
    await this.#reach(subscription.start(), connectDeadlineMs).catch(async (error: unknown) => {
      await stop()
      throw error
    })
    return {
      problem: () => subscription.problem(),
      takes: (key) => subscription.takes(key),
      stop,
    }
  }

  async problem(): Promise<string | null> {
    if (this.#state !== 'started') return 'the bus is not running'
    // One question at a time, however many ask and however long the broker is away.
    this.#probe ??= this.#ask().finally(() => {
      this.#probe = null
    })
    return within(
      this.#probe,
      probeDeadlineMs,
      () => new Error('the broker does not answer'),
    ).catch((error: Error) => error.message)
  }

  async lag(groupId: string, topics: readonly string[]): Promise<Readonly<Record<string, number>>> {
    this.#mustRun()
    await this.#topicPartitions.load(topics, probeDeadlineMs)
    return this.#reach(groupLag(this.#admin, groupId, topics), probeDeadlineMs)
  }

  async edges(topics: readonly string[]): Promise<TopicEdges> {
    this.#mustRun()
    await this.#topicPartitions.load(topics, probeDeadlineMs)
    return this.#reach(topicEdges(this.#admin, topics), probeDeadlineMs)
  }

  async #start(): Promise<void> {
    const clients = [this.#admin, this.#prober, this.#usual.producer]
    const connected = Promise.all(clients.map((client) => client.connect()))
    await this.#reach(connected, this.#timings.connectDeadlineMs)
    this.#state = 'started'
  }

  async #connectApart(): Promise<void> {
    const connect = () =>
      this.#reach(this.#apart.producer.connect(), this.#timings.connectDeadlineMs)
    this.#apartConnected ??= connect().catch((error: unknown) => {
      this.#apartConnected = null
      throw error
    })
    await this.#apartConnected
    this.#mustRun()
  }

  #makeLine(): Line {
    const producer = this.#kafka.producer(producerConfig)
    const verified = new VerifiedProducer({
      producer,
      topicPartitions: this.#topicPartitions,
      deadlineMs: this.#timings.publishDeadlineMs,
      clock: this.#clock,
      log: this.#options.log,
    })
    return { producer, verified }
  }

  async #stop(): Promise<void> {
    const wasStarted = this.#started !== null
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.stop()))
    this.#state = 'stopped'
    if (!wasStarted) return
    const { stopDeadlineMs } = this.#timings
    const used = this.#apartConnected === null ? [this.#usual] : [this.#usual, this.#apart]
    const lines = used.map(({ verified, producer }) =>
      verified.idle().then(() => producer.disconnect()),
    )
    const ends = [...lines, this.#admin.disconnect(), this.#prober.disconnect()]
    await within(Promise.all(ends), stopDeadlineMs, () => new Error('late')).catch(
      (error: unknown) => this.#options.log.warn('kafka.stop.incomplete', { error }),
    )
  }

  /** Of a topic in use where there is one: kafkajs has no answer while any topic at all has no leader. */
  async #ask(): Promise<string | null> {
    const topic = this.#topicPartitions.any()
    try {
      if (topic === undefined) await this.#prober.describeCluster()
      else await this.#prober.fetchTopicMetadata({ topics: [topic] })
      return null
    } catch (error) {
      // That the topic is gone a broker has said.
      return topic !== undefined && isMissing(error) ? null : (error as Error).message
    }
  }

  #fatal(error: Error): void {
    if (this.#isFatal) return
    this.#isFatal = true
    this.#options.onFatal(error)
  }

  #mustRun(): void {
    if (this.#state !== 'started') throw messagingError('BUS_STOPPED')
  }

  /** @throws KAFKA_FORBIDDEN, BROKER_UNREACHABLE for whatever else goes wrong on the way. */
  async #reach<T>(promise: Promise<T>, deadlineMs: number): Promise<T> {
    const late = () => new Error(`no answer within ${deadlineMs} ms`)
    return within(promise, deadlineMs, late).catch((error: unknown) => {
      throw toTrouble(error, this.#options.brokers)
    })
  }
}

function timingsOf(options: Partial<KafkaTimings>): KafkaTimings {
  const timings: Record<string, number> = { ...defaultTimings }
  for (const name of Object.keys(defaultTimings) as (keyof KafkaTimings)[]) {
    const given = options[name]
    if (given !== undefined) timings[name] = given
  }
  return timings as KafkaTimings
}
