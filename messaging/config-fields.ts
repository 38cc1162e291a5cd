// The settings that every program on Kafka and Postgres shares, to be spread into the fields of
// its own `config.ts`.
import { type EncryptionKey, parseEncryptionKeys } from './cipher.ts'
import {
  type ConfigField,
  parseBoolean,
  parseBrokers,
  parseInteger,
  parseOneOf,
  parseText,
  parseUrl,
} from './config.ts'
import { defaultTimings, type KafkaConnection } from './kafka/client-settings.ts'
import type { LogLevel } from './log.ts'

const field = <T>(options: ConfigField<T>): ConfigField<T> => options

/** How much is logged. */
export const logFields = {
  logLevel: field<LogLevel>({
    env: 'LOG_LEVEL',
    parse: parseOneOf('debug', 'info', 'warn', 'error', 'silent'),
    default: 'info',
    why: 'The least important lines that are still written.',
  }),
}

/** Where Postgres is, and how many connections to take. */
export const postgresFields = {
  databaseUrl: field({
    env: 'DATABASE_URL',
    parse: parseUrl('postgres', 'postgresql'),
    why: 'Where Postgres is, e.g. postgres://user:password@host:5432/name.',
  }),
  databaseConnectionsMax: field({
    env: 'DATABASE_CONNECTIONS_MAX',
    parse: parseInteger(2, 1_000),
    default: 8,
    unit: 'connections',
    why: 'The pool of this process; all processes together must stay below the server’s limit.',
  }),
}

/** Where Kafka is and how to log in. */
export const kafkaFields = {
  kafkaBrokers: field({
    env: 'KAFKA_BROKERS',
    parse: parseBrokers,
    why: 'Some brokers, e.g. host:9092,other:9092; the rest is found through them.',
  }),
  kafkaClientId: field({
    env: 'KAFKA_CLIENT_ID',
    parse: parseText,
    default: 'sagaline',
    why: 'How this program shows up in the broker’s logs and quotas.',
  }),
  kafkaTls: field({
    env: 'KAFKA_TLS',
    parse: parseBoolean,
    default: false,
    why: 'Encrypts the connections and checks the brokers’ certificates.',
  }),
  kafkaSaslMechanism: field<'scram-sha-256' | 'scram-sha-512' | 'plain' | null>({
    env: 'KAFKA_SASL_MECHANISM',
    parse: parseOneOf('scram-sha-256', 'scram-sha-512', 'plain'),
    default: null,
    why: 'How to log in; without it there is no login.',
  }),
  kafkaUsername: field({
    env: 'KAFKA_USERNAME',
    parse: parseText,
    default: '',
    why: 'For the login.',
  }),
  kafkaPassword: field({
    env: 'KAFKA_PASSWORD',
    parse: parseText,
    default: '',
    isSecret: true,
    why: 'For the login.',
  }),
  kafkaSessionTimeoutMs: field({
    env: 'KAFKA_SESSION_TIMEOUT_MS',
    parse: parseInteger(1_000, 300_000),
    default: defaultTimings.sessionTimeoutMs,
    unit: 'ms',
    why: 'A killed process keeps its partitions this long; shorter means false alarms under load.',
  }),
}

/** With what sensitive fields are encrypted; `createCipher` makes the cipher of it. */
export const encryptionFields = {
  encryptionKeys: field<readonly EncryptionKey[] | null>({
    env: 'SAGALINE_ENCRYPTION_KEYS',
    parse: parseEncryptionKeys,
    default: null,
    isSecret: true,
    why: 'Of sensitive fields, as id:secret,older:secret; the first one writes, all of them read.',
  }),
}

/** For the migrate step, which creates topics. */
export const topicFields = {
  topicPartitions: field({
    env: 'TOPIC_PARTITIONS',
    parse: parseInteger(1, 1_000),
    default: 4,
    unit: 'partitions',
    why: 'Of new topics: at most as many processes share the work. Never changed afterwards.',
  }),
  topicReplicationFactor: field({
    env: 'TOPIC_REPLICATION_FACTOR',
    parse: parseInteger(1, 9),
    default: 1,
    unit: 'replicas',
    why: 'Of new topics: 3 in production, so that a broker may fail; 1 on a single broker.',
  }),
}

type KafkaConfig = {
  readonly kafkaBrokers: readonly string[]
  readonly kafkaClientId: string
  readonly kafkaTls: boolean
  readonly kafkaSaslMechanism: 'scram-sha-256' | 'scram-sha-512' | 'plain' | null
  readonly kafkaUsername: string
  readonly kafkaPassword: string
  readonly kafkaSessionTimeoutMs: number
}

/** The part of `createKafkaBus`'s options that the environment decides. */
export function kafkaBusOptions(
  config: KafkaConfig,
): KafkaConnection & { readonly sessionTimeoutMs: number; readonly heartbeatIntervalMs: number } {
  const { kafkaSaslMechanism: mechanism, kafkaSessionTimeoutMs: sessionTimeoutMs } = config
  const { kafkaUsername: username, kafkaPassword: password } = config
  const fifth = Math.floor(sessionTimeoutMs / 5)
  return {
    brokers: config.kafkaBrokers,
    clientId: config.kafkaClientId,
    tls: config.kafkaTls,
    ...(mechanism === null ? {} : { login: { mechanism, username, password } }),
    sessionTimeoutMs,
    heartbeatIntervalMs: Math.min(defaultTimings.heartbeatIntervalMs, fifth),
  }
}
