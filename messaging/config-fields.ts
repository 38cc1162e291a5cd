// The settings that every program on Kafka and Postgres shares, to be spread into the fields of
// its own `config.ts`.
import { type EncryptionKey, parseEncryptionKeys } from './cipher.ts'
import {
  type ConfigField,
  parseBoolean,
  parseBrokers,
  parseInteger,
  parseOneOf,
  parseReadableFile,
  parseText,
  parseTopic,
  parseUrl,
} from './config.ts'
import { defaultTimings } from './kafka/client-settings.ts'
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
    why: 'Where Postgres is, e.g. postgres://user:password@host:5432/name?sslmode=verify-full.',
  }),
  databasePasswordFile: field({
    env: 'DATABASE_PASSWORD_FILE',
    parse: parseReadableFile,
    default: '',
    why: 'A file with the password, instead of one in the URL.',
  }),
  databaseCaFile: field({
    env: 'DATABASE_CA_FILE',
    parse: parseReadableFile,
    default: '',
    why: 'Who signed the certificate of Postgres (PEM); with it, connections are encrypted and checked.',
  }),
  databaseConnectionsMax: field({
    env: 'DATABASE_CONNECTIONS_MAX',
    parse: parseInteger(2, 1_000),
    default: 8,
    unit: 'connections',
    why: 'The pool of this process, beside which an orchestrator has up to eight more; all processes together must stay below the server’s limit.',
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
  kafkaCaFile: field({
    env: 'KAFKA_CA_FILE',
    parse: parseReadableFile,
    default: '',
    why: 'Who signed the brokers’ certificates (PEM), where the system does not know it.',
  }),
  kafkaCertificateFile: field({
    env: 'KAFKA_CERTIFICATE_FILE',
    parse: parseReadableFile,
    default: '',
    why: 'The certificate of this program (PEM), for brokers that ask for one; with KAFKA_KEY_FILE.',
  }),
  kafkaKeyFile: field({
    env: 'KAFKA_KEY_FILE',
    parse: parseReadableFile,
    default: '',
    why: 'The private key of that certificate (PEM, not encrypted).',
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
  kafkaPasswordFile: field({
    env: 'KAFKA_PASSWORD_FILE',
    parse: parseReadableFile,
    default: '',
    why: 'A file with the password, instead of KAFKA_PASSWORD.',
  }),
  kafkaPrefix: field({
    env: 'KAFKA_PREFIX',
    parse: parsePrefix,
    default: '',
    why: 'Begins the names of all topics and groups, e.g. eu-1. so that deployments share a Kafka.',
  }),
  kafkaSessionTimeoutMs: field({
    env: 'KAFKA_SESSION_TIMEOUT_MS',
    parse: parseInteger(1_000, 300_000),
    default: defaultTimings.sessionTimeoutMs,
    unit: 'ms',
    why: 'A killed process keeps its partitions this long; shorter means false alarms under load.',
  }),
}

/** Leaves room for the names of topics, of which Kafka takes 249 characters. */
function parsePrefix(text: string): string {
  if (/^[a-zA-Z0-9._-]{1,64}$/.test(text)) return text
  throw new Error('must be at most 64 letters, digits, dots, hyphens and underscores')
}

/** What a process tells of itself. */
export const watchFields = {
  metrics: field({
    env: 'METRICS',
    parse: parseBoolean,
    default: true,
    why: 'Figures for Prometheus at /metrics; false counts nothing.',
  }),
  tracing: field({
    env: 'TRACING',
    parse: parseBoolean,
    default: false,
    why: 'Spans for the OpenTelemetry SDK that node --import has registered.',
  }),
  logTopic: field({
    env: 'LOG_TOPIC',
    parse: parseTopic,
    default: '',
    why: 'A topic that log lines go to as well, e.g. logs; orchestrators keep those of sagas from there.',
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
