// Settings from the environment: all problems at once, secrets hidden.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  describeConfig,
  parseInteger,
  parseText,
  readConfig,
  secretsIn,
} from '../../messaging/config.ts'
import {
  kafkaFields,
  logFields,
  postgresFields,
  topicFields,
} from '../../messaging/config-fields.ts'
import { databaseUrlOf, kafkaBusOptions, secretsInFiles } from '../../messaging/connections.ts'

const fields = { ...logFields, ...postgresFields, ...kafkaFields, ...topicFields }
const environment = { KAFKA_BROKERS: 'one:9092, two:9093', DATABASE_URL: 'postgres://a:b@c/d' }

test('values come from the environment, the rest are defaults, and nothing can be changed', () => {
  const config = readConfig({ ...environment, TOPIC_PARTITIONS: '8', LOG_LEVEL: '' }, fields)
  expect(config).toMatchObject({
    kafkaBrokers: ['one:9092', 'two:9093'],
    databaseUrl: 'postgres://a:b@c/d',
    kafkaClientId: 'sagaline',
    logLevel: 'info',
    topicPartitions: 8,
    topicReplicationFactor: 1,
    kafkaSessionTimeoutMs: 15_000,
  })
  expect(Object.isFrozen(config)).toBe(true)
})

test('all problems are reported at once, without the values of URLs', () => {
  const wrong = {
    KAFKA_BROKERS: 'no port',
    DATABASE_URL: 'mysql://user:hunter2@host/db',
    LOG_LEVEL: 'loud',
    TOPIC_PARTITIONS: '2.5',
    KAFKA_TLS: 'yes',
  }
  let error: Error | undefined
  try {
    readConfig(wrong, fields)
  } catch (thrown) {
    error = thrown as Error
  }
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', details: { count: 5 } })
  for (const name of Object.keys(wrong)) expect(error?.message).toContain(name)
  expect(error?.message).not.toContain('hunter2')
})

test('a field without a default must be set, and says what for', () => {
  expect(() => readConfig({}, postgresFields)).toThrowError(/DATABASE_URL must be set: Where/)
})

test('relations between fields are checked when each is right by itself', () => {
  const pair = {
    low: { env: 'LOW', parse: parseInteger(0, 9), default: 1, why: 'Low.' },
    high: { env: 'HIGH', parse: parseInteger(0, 9), default: 2, why: 'High.' },
  }
  const relation = ({ low, high }: { low: number; high: number }) =>
    low < high ? null : 'LOW must be below HIGH'
  expect(readConfig({ LOW: '0' }, pair, [relation])).toEqual({ low: 0, high: 2 })
  expect(() => readConfig({ LOW: '5' }, pair, [relation])).toThrowError(/LOW must be below HIGH/)
})

test('the description names units and hides secrets', () => {
  const config = readConfig({ ...environment, KAFKA_PASSWORD: 'hunter2' }, fields)
  const shown = describeConfig(config, fields)
  expect(shown['KAFKA_SESSION_TIMEOUT_MS (ms)']).toBe(15_000)
  expect(shown['KAFKA_PASSWORD']).toBe('***')
  expect(shown['DATABASE_URL']).toBe('postgres://a:***@c/d')
  expect(JSON.stringify(shown)).not.toContain('hunter2')
})

test('the bus gets a login only when there is one, and at least five heartbeats a session', () => {
  const login = {
    KAFKA_TLS: 'true',
    KAFKA_SASL_MECHANISM: 'plain',
    KAFKA_USERNAME: 'u',
    KAFKA_PASSWORD: 'p',
  }
  const config = readConfig({ ...environment, ...login, KAFKA_SESSION_TIMEOUT_MS: '5000' }, fields)
  expect(kafkaBusOptions(config)).toMatchObject({
    heartbeatIntervalMs: 1_000,
    login: { mechanism: 'plain', username: 'u', password: 'p' },
  })
  expect(kafkaBusOptions(readConfig(environment, fields))).not.toHaveProperty('login')
})

test('an empty variable counts as unset', () => {
  const name = { env: 'NAME', parse: parseText, default: 'x', why: 'A name.' }
  expect(readConfig({ NAME: '  ' }, { name })).toEqual({ name: 'x' })
})

function fileWith(text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'sagaline-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, 'file')
  writeFileSync(file, text)
  return file
}

test.each([
  [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_USERNAME: 'u' }, 'it takes KAFKA_TLS'],
  [{ KAFKA_SASL_MECHANISM: 'scram-sha-512' }, 'KAFKA_USERNAME must be set'],
  [{ KAFKA_PASSWORD: 'p', KAFKA_PASSWORD_FILE: 'package.json' }, 'are both set'],
  [{ KAFKA_CA_FILE: 'package.json' }, 'KAFKA_CA_FILE takes KAFKA_TLS'],
  [{ KAFKA_TLS: 'true', KAFKA_KEY_FILE: 'package.json' }, 'go together'],
  [
    { KAFKA_CERTIFICATE_FILE: 'package.json', KAFKA_KEY_FILE: 'package.json' },
    'KAFKA_CERTIFICATE_FILE takes KAFKA_TLS',
  ],
])('a way to Kafka that cannot work or tells secrets is refused: %j', (given, problem) => {
  const config = readConfig({ ...environment, ...given }, fields)
  expect(() => kafkaBusOptions(config)).toThrowError(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(problem) }),
  )
})

test('passwords and certificates come from files', () => {
  const given = {
    KAFKA_TLS: 'true',
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_USERNAME: 'u',
    KAFKA_PASSWORD_FILE: fileWith('of kafka\n'),
    KAFKA_CA_FILE: fileWith('a certificate'),
    KAFKA_CERTIFICATE_FILE: fileWith('its own'),
    KAFKA_KEY_FILE: fileWith('its key'),
    DATABASE_PASSWORD_FILE: fileWith('of postgres/@:\n'),
    DATABASE_CA_FILE: fileWith('another one'),
  }
  const config = readConfig({ ...environment, ...given }, fields)
  expect(kafkaBusOptions(config)).toMatchObject({
    tls: { ca: 'a certificate', certificate: 'its own', key: 'its key' },
    login: { password: 'of kafka' },
  })
  const url = new URL(databaseUrlOf(config))
  expect(decodeURIComponent(url.password)).toBe('of postgres/@:')
  expect(Object.fromEntries(url.searchParams)).toEqual({
    sslmode: 'verify-full',
    sslrootcert: given.DATABASE_CA_FILE,
  })
  expect(secretsInFiles(config)).toEqual(['of postgres/@:', 'of kafka'])
})

test('a certificate that would not be checked is refused', () => {
  for (const mode of ['disable', 'no-verify', 'require', 'prefer']) {
    const DATABASE_URL = `postgres://a:b@c/d?sslmode=${mode}`
    const given = { ...environment, DATABASE_URL, DATABASE_CA_FILE: 'package.json' }
    expect(() => databaseUrlOf(readConfig(given, fields))).toThrowError(/takes sslmode=verify-full/)
  }
})

test('a prefix that no topic can have is refused', () => {
  const withPrefix = (prefix: string) =>
    readConfig({ ...environment, KAFKA_PREFIX: prefix }, fields)
  expect(kafkaBusOptions(withPrefix('eu-1.')).prefix).toBe('eu-1.')
  for (const prefix of ['eu/1', 'ä.', 'x'.repeat(65)]) {
    expect(() => withPrefix(prefix)).toThrowError(/KAFKA_PREFIX must be at most 64 letters/)
  }
})

test('a file that is not there is a problem at once', () => {
  const given = { ...environment, KAFKA_PASSWORD_FILE: 'nowhere/file' }
  expect(() => readConfig(given, fields)).toThrowError(/KAFKA_PASSWORD_FILE must be the path/)
})

test('the secrets of an environment are known, decoded too', () => {
  const given = { KAFKA_PASSWORD: 'hunter2', DATABASE_URL: 'postgres://a:p%40ss@c/d' }
  expect(secretsIn(given, fields)).toEqual(expect.arrayContaining(['hunter2', 'p%40ss', 'p@ss']))
})
