// Every setting that kafkajs is given, with its reason; called by kafka-bus.ts. What operators and
// tests may change is in `KafkaTimings`, the rest is fixed because correctness hangs on it.
import type { ConsumerConfig, KafkaConfig, logLevel, ProducerConfig, RetryOptions } from 'kafkajs'
import type { SubscribeOptions } from '../bus.ts'
import type { Log } from '../log.ts'
import { kafkaJsLogCreator } from './kafkajs-log.ts'

export type KafkaLogin = {
  readonly mechanism: 'scram-sha-256' | 'scram-sha-512' | 'plain'
  readonly username: string
  readonly password: string
}

/** All as PEM. */
export type KafkaTls = {
  /** Who signed the brokers' certificates; without it, those that the system trusts. */
  readonly ca?: string
  /** Shows the brokers who this is; goes with `key`. */
  readonly certificate?: string
  readonly key?: string
}

export type KafkaConnection = {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[]
  readonly clientId: string
  /** True: certificates are checked by what the system trusts. */
  readonly tls?: boolean | KafkaTls
  readonly login?: KafkaLogin
  /** Begins the names of all topics and groups on the wire. Default: nothing. */
  readonly prefix?: string
}

export type KafkaTimings = {
  /** A killed member's partitions stay idle for this long. At least five heartbeats. */
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** How long the members have to come back in a rebalance: the longest batch, with margin. */
  readonly rebalanceTimeoutMs: number
  /** After this, `publish` rejects with PUBLISH_UNCONFIRMED. */
  readonly publishDeadlineMs: number
  /** Between two commits of offsets: what a crash makes come again. */
  readonly commitIntervalMs: number
  /** How long `start` and `subscribe` wait for a broker. */
  readonly connectDeadlineMs: number
  /** How long `stop` waits for handlers, for unsettled work and for leaving, each. */
  readonly stopDeadlineMs: number
}

export const defaultTimings: KafkaTimings = {
  sessionTimeoutMs: 15_000,
  heartbeatIntervalMs: 2_000,
  rebalanceTimeoutMs: 20_000,
  publishDeadlineMs: 20_000,
  commitIntervalMs: 1_000,
  connectDeadlineMs: 15_000,
  stopDeadlineMs: 10_000,
}

/** An idle fetch waits this long: a rebalance and a stop are noticed only when it returns. */
export const fetchWaitMs = 250

/**
 * What a patient group waits for, and no longer than this: a fetch costs broker and client about as
 * much as hundreds of records. Less than what one fetch takes of one partition.
 */
const patientFetch = { minBytes: 128 * 1024, maxWaitTimeInMs: 100 }

/** Of one partition in one fetch, and of all: together with the queue this bounds the memory. */
const fetchBytesPerPartition = 256 * 1024
const fetchBytes = 4 * 1024 * 1024

/** kafkajs's number for INFO: joining and leaving groups; DEBUG would cost time on the hot path. */
const infoLevel = 4 satisfies logLevel

export function clientConfig(connection: KafkaConnection, log: Log): KafkaConfig {
  return {
    clientId: connection.clientId,
    brokers: [...connection.brokers],
    // The default of 1 s is too eager for a broker that is just coming up.
    connectionTimeout: 3_000,
    // The default of 30 s is too patient; must exceed the wait of a fetch.
    requestTimeout: 15_000,
    logLevel: infoLevel,
    logCreator: kafkaJsLogCreator(log),
    ...(connection.tls === undefined ? {} : { ssl: tlsOf(connection.tls) }),
    ...(connection.login === undefined ? {} : { sasl: { ...connection.login } as never }),
  }
}

/** With kafkajs's own pauses a consumer is back 40 s after a broker's restart; so in 10. */
const patientRetry: RetryOptions = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 30 }

export const adminConfig = { retry: patientRetry }

export const producerConfig: ProducerConfig = {
  // Then it rejects, and verified-producer.ts decides what to send again, up to its deadline.
  retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8 },
  // kafkajs's idempotent producer acknowledges messages that it lost, in three ways; sending
  // without it only ever duplicates, and consumers recognise duplicates.
  idempotent: false,
  // Together with one send at a time: later records never overtake earlier ones.
  maxInFlightRequests: 1,
  // A typo must fail, not make a topic with one replica.
  allowAutoTopicCreation: false,
  // The partition is always given, so that the answer can be checked partition by partition.
  createPartitioner:
    () =>
    ({ message }) =>
      message.partition ?? 0,
  metadataMaxAge: 60_000,
}

/** All replicas in sync, or the broker has not confirmed. */
export const acksAll = -1

export function consumerConfig(
  { groupId, isPatient = false }: Pick<SubscribeOptions, 'groupId' | 'isPatient'>,
  timings: KafkaTimings,
  mayRestart: () => boolean,
): ConsumerConfig {
  return {
    groupId,
    sessionTimeout: timings.sessionTimeoutMs,
    heartbeatInterval: timings.heartbeatIntervalMs,
    rebalanceTimeout: timings.rebalanceTimeoutMs,
    minBytes: 1,
    maxWaitTimeInMs: fetchWaitMs,
    ...(isPatient && patientFetch),
    maxBytesPerPartition: fetchBytesPerPartition,
    maxBytes: fetchBytes,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    // Changes of leaders are seen sooner than by the default of 5 minutes.
    metadataMaxAge: 60_000,
    // Without the guard a consumer that was stopped while it crashed starts again by itself.
    retry: { ...patientRetry, restartOnFailure: async () => mayRestart() },
  }
}

function tlsOf(tls: NonNullable<KafkaConnection['tls']>): NonNullable<KafkaConfig['ssl']> {
  if (typeof tls === 'boolean') return tls
  const { ca, certificate, key } = tls
  return {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
  }
}
