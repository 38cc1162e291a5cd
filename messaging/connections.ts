// What the settings say of the ways to Kafka and Postgres, with the files that they name: the options
// of the bus, the URL of the database, and the secrets that must not be shown.
import { readFileSync } from 'node:fs'
import { messagingError } from './errors.ts'
import { defaultTimings, type KafkaConnection, type KafkaTls } from './kafka/client-settings.ts'

/** What `kafkaFields` make. */
export type KafkaConfig = {
  readonly kafkaBrokers: readonly string[]
  readonly kafkaClientId: string
  readonly kafkaTls: boolean
  readonly kafkaSaslMechanism: 'scram-sha-256' | 'scram-sha-512' | 'plain' | null
  readonly kafkaUsername: string
  readonly kafkaPassword: string
  readonly kafkaPasswordFile: string
  readonly kafkaCaFile: string
  readonly kafkaCertificateFile: string
  readonly kafkaKeyFile: string
  readonly kafkaPrefix: string
  readonly kafkaSessionTimeoutMs: number
}

/**
 * The part of `createKafkaBus`'s options that the environment decides; reads the files that it
 * names. @throws CONFIG_INVALID for a login that cannot work or would tell its password to others.
 */
export function kafkaBusOptions(
  config: KafkaConfig,
): KafkaConnection & { readonly sessionTimeoutMs: number; readonly heartbeatIntervalMs: number } {
  const { kafkaSaslMechanism: mechanism, kafkaSessionTimeoutMs: sessionTimeoutMs } = config
  const { kafkaUsername: username, kafkaPrefix: prefix } = config
  refuseLogin(config)
  const file = config.kafkaPasswordFile
  const password = file === '' ? config.kafkaPassword : readSecretFile(file)
  const fifth = Math.floor(sessionTimeoutMs / 5)
  return {
    brokers: config.kafkaBrokers,
    clientId: config.kafkaClientId,
    tls: config.kafkaTls && tlsOf(config),
    prefix,
    ...(mechanism === null ? {} : { login: { mechanism, username, password } }),
    sessionTimeoutMs,
    heartbeatIntervalMs: Math.min(defaultTimings.heartbeatIntervalMs, fifth),
  }
}

function tlsOf(config: KafkaConfig): KafkaTls {
  const read = (file: string) => readFileSync(file, 'utf8')
  const { kafkaCaFile, kafkaCertificateFile, kafkaKeyFile } = config
  return {
    ...(kafkaCaFile === '' ? {} : { ca: read(kafkaCaFile) }),
    ...(kafkaCertificateFile === '' ? {} : { certificate: read(kafkaCertificateFile) }),
    ...(kafkaKeyFile === '' ? {} : { key: read(kafkaKeyFile) }),
  }
}

function refuseLogin(config: KafkaConfig): void {
  const { kafkaTls, kafkaSaslMechanism: mechanism, kafkaUsername, kafkaCaFile } = config
  const { kafkaCertificateFile, kafkaKeyFile } = config
  const { kafkaPassword, kafkaPasswordFile } = config
  const problems = [
    ...(mechanism === 'plain' && !kafkaTls
      ? ['KAFKA_SASL_MECHANISM plain sends the password as it is: it takes KAFKA_TLS']
      : []),
    ...(mechanism !== null && kafkaUsername === '' ? ['KAFKA_USERNAME must be set'] : []),
    ...(kafkaPassword !== '' && kafkaPasswordFile !== ''
      ? ['KAFKA_PASSWORD and KAFKA_PASSWORD_FILE are both set']
      : []),
    ...(kafkaCaFile !== '' && !kafkaTls ? ['KAFKA_CA_FILE takes KAFKA_TLS'] : []),
    ...(kafkaCertificateFile !== '' && !kafkaTls ? ['KAFKA_CERTIFICATE_FILE takes KAFKA_TLS'] : []),
    ...((kafkaCertificateFile === '') === (kafkaKeyFile === '')
      ? []
      : ['KAFKA_CERTIFICATE_FILE and KAFKA_KEY_FILE go together']),
  ]
  refuseProblems(problems)
}

function refuseProblems(found: readonly string[]): void {
  if (found.length === 0) return
  const problems = found.map((problem) => `- ${problem}`).join('\n')
  throw messagingError('CONFIG_INVALID', { count: found.length, problems })
}

/** Files of secrets often end with a line feed that is no part of them. */
function readSecretFile(file: string): string {
  return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
}

type DatabaseConfig = {
  readonly databaseUrl: string
  readonly databasePasswordFile: string
  readonly databaseCaFile: string
}

/**
 * Where Postgres is, with all that the environment says of the way there. @throws CONFIG_INVALID
 * when a certificate should be checked and would not be.
 */
export function databaseUrlOf(config: DatabaseConfig): string {
  const { databaseUrl, databasePasswordFile, databaseCaFile } = config
  if (databasePasswordFile === '' && databaseCaFile === '') return databaseUrl
  const url = new URL(databaseUrl)
  if (databasePasswordFile !== '') {
    url.password = encodeURIComponent(readSecretFile(databasePasswordFile))
  }
  if (databaseCaFile !== '') {
    const mode = url.searchParams.get('sslmode') ?? 'verify-full'
    const problem = `DATABASE_CA_FILE takes sslmode=verify-full in DATABASE_URL, not ${mode}`
    refuseProblems(mode === 'verify-full' ? [] : [problem])
    url.searchParams.set('sslmode', mode)
    url.searchParams.set('sslrootcert', databaseCaFile)
  }
  return url.href
}

/** The secrets in the files that the environment names; nothing of them may be shown. */
export function secretsInFiles(config: DatabaseConfig & KafkaConfig): readonly string[] {
  const files = [config.databasePasswordFile, config.kafkaPasswordFile]
  return files.filter((file) => file !== '').map(readSecretFile)
}
