// The order system as it should run in production: TLS, passwords and certificates to Kafka and
// Postgres, roles in the database and rights in Kafka that allow no more than they must, and a login
// to REST.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { readConfig } from '../../messaging/config.ts'
import { kafkaFields } from '../../messaging/config-fields.ts'
import { kafkaBusOptions } from '../../messaging/connections.ts'
import { type Db, openDb } from '../../messaging/db.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Principal } from '../../orchestrator/cli/acls/acls-of.ts'
import type { Finding } from '../../orchestrator/cli/doctor/finding.ts'
import { SystemProcess } from '../../services/system/system-process.ts'
import { runBinary } from '../cli/run-binary.ts'
import { allow, forbid, orderAcls } from './apply-acls.ts'
import { awaitUntil } from './await-until.ts'
import { type kafkaUsers, type SecureParts, startSecureParts } from './secure-parts.ts'

const programs = {
  sagas: 'orchestrator/main.ts',
  orders: 'services/orders/main.ts',
  payments: 'services/payments/main.ts',
} as const
type Name = keyof typeof programs
const names = Object.keys(programs) as readonly Name[]

const [ownerPassword, appPassword] = ['canary-of-the-owner', 'canary-of/the@app:']
const order = { customerId: 'c-1', amount: 4_200, items: [{ sku: 'A-1', quantity: 1 }] }
const by = { actor: 'bob', reason: 'a test' }

let parts: SecureParts
let acls: readonly Principal[]
const running: SystemProcess[] = []
const pools: Db[] = []
const lines: string[] = []

beforeAll(async () => {
  parts = await startSecureParts()
  acls = await orderAcls()
  await allow(connectionOf('admin'), acls)
  const admin = openAs('postgres', parts.adminPassword, 'postgres')
  await admin.query(`create role owner login password '${ownerPassword}'`)
  await Promise.all(names.map((name) => prepare(admin, name)))
  running.push(...names.map((name) => processOf(name, `${name}_app`, appPassword)))
  await Promise.all(running.map((process) => process.start()))
}, 120_000)

afterAll(async () => {
  await Promise.all(running.map((process) => process.stop()))
  await Promise.all(pools.map((db) => db.stop()))
  await parts?.stop()
})

/** A database that its owner migrates, and a role for the program as docs/grants.sql says. */
async function prepare(admin: Db, name: Name): Promise<void> {
  await admin.query(`create role ${name}_app login password '${appPassword}'`)
  await admin.query(`create database ${name} owner owner`)
  await processOf(name, 'owner', ownerPassword, 'operator').run('migrate')
  const grants = readFileSync(new URL('../../docs/grants.sql', import.meta.url), 'utf8')
  const owner = openAs('owner', ownerPassword, name)
  await owner.query(grants.replaceAll('sagaline_app', `${name}_app`))
}

function urlOf(user: string, database: string, host = '127.0.0.1'): string {
  return `postgres://${user}@${host}:${parts.postgresPort}/${database}`
}

function openAs(user: string, password: string, database: string): Db {
  const url = new URL(urlOf(user, database))
  url.password = encodeURIComponent(password)
  url.searchParams.set('sslmode', 'verify-full')
  url.searchParams.set('sslrootcert', parts.ca)
  const db = openDb({ url: url.href, applicationName: 'test', connectionsMax: 1 })
  pools.push(db)
  return db
}

type KafkaUser = (typeof kafkaUsers)[number] | 'payments'

/** The payment service shows a certificate, everybody else has a password. */
function kafkaSettingsOf(user: KafkaUser): Record<string, string> {
  const shared = { KAFKA_TLS: 'true', KAFKA_CA_FILE: parts.ca }
  if (user === 'payments') {
    const { certificate, key } = parts.certificateOf('payments')
    const own = { KAFKA_CERTIFICATE_FILE: certificate, KAFKA_KEY_FILE: key }
    return { ...shared, ...own, KAFKA_BROKERS: parts.certificateBroker }
  }
  return {
    ...shared,
    KAFKA_BROKERS: parts.broker,
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_USERNAME: user,
    KAFKA_PASSWORD_FILE: parts.file('kafka-password', `${parts.kafkaPassword}\n`),
  }
}

function connectionOf(user: KafkaUser): ReturnType<typeof kafkaBusOptions> {
  return kafkaBusOptions(readConfig(kafkaSettingsOf(user), kafkaFields))
}

function settingsOf(
  name: Name,
  user: string,
  password: string,
  kafkaUser: KafkaUser = name === 'sagas' ? 'orchestrator' : name,
): Record<string, string> {
  return {
    ...kafkaSettingsOf(kafkaUser),
    DATABASE_URL: urlOf(user, name),
    DATABASE_CA_FILE: parts.ca,
    DATABASE_PASSWORD_FILE: parts.file(`${user}-password`, password),
    LOG_LEVEL: 'debug',
    ...(name === 'sagas' && {
      SAGALINE_DEFINITIONS: 'services/place-order/saga.ts',
      PORT: '0',
      AUTH: 'keys',
    }),
  }
}

function processOf(
  name: Name,
  user: string,
  password: string,
  kafkaUser?: KafkaUser,
): SystemProcess {
  const environment = settingsOf(name, user, password, kafkaUser)
  const onLine = (line: string) => lines.push(line)
  return new SystemProcess({ name, program: programs[name], environment, onLine })
}

/** The command `keys`, as the owner runs it. */
async function keys(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, ...settingsOf('sagas', 'owner', ownerPassword) }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['orchestrator/main.ts', 'keys', ...args],
    { env },
  )
  return stdout.trim()
}

async function ask(path: string, key: string | null, body?: object) {
  const headers = {
    ...(key !== null && { authorization: `Bearer ${key}` }),
    ...(body && { 'content-type': 'application/json', prefer: 'wait=30' }),
  }
  const method = body === undefined ? 'GET' : 'POST'
  const init = { method, headers, ...(body && { body: JSON.stringify(body) }) }
  const response = await fetch(`${running[0]?.url}${path}`, init)
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

describe('the system', () => {
  it('carries an order through, started with a key, over TLS alone', async () => {
    const key = await keys('create', '--name', 'shop', '--role', 'operator:place-order')
    expect((await ask('/sagas/place-order', null, order)).status).toBe(401)
    const done = await ask('/sagas/place-order', key, order)
    expect(done.body).toMatchObject({ status: 'completed' })
    expect(done.status).toBe(200)
    const admin = openAs('postgres', parts.adminPassword, 'postgres')
    const { rows } = await admin.query(
      `select count(*)::int as all, count(*) filter (where ssl)::int as closed
       from pg_stat_activity join pg_stat_ssl using (pid) where usename like '%_app'`,
    )
    expect(rows[0]?.['all']).toBeGreaterThan(3)
    expect(rows[0]?.['closed']).toBe(rows[0]?.['all'])
  })

  it('writes down who steered a saga, and lets nobody change that', async () => {
    const key = await keys('create', '--name', 'ops', '--role', 'operator:*', '--days', '1')
    const started = await ask('/sagas/place-order', key, { ...order, customerId: 'c-2' })
    const path = `/sagas/${started.body['id']}/pause`
    expect((await ask(path, key, by)).body).toMatchObject({ code: 'SAGA_ENDED' })
    const owner = openAs('owner', ownerPassword, 'sagas')
    const { rows } = await owner.query(
      'select principal, said_by, action, reason, outcome from access_audit order by id',
    )
    const pause = {
      principal: 'key:ops',
      said_by: 'bob',
      action: 'POST /sagas/:saga/pause',
      reason: 'a test',
    }
    expect(rows.slice(-2)).toEqual([
      { ...pause, outcome: 'asked' },
      { ...pause, outcome: 'SAGA_ENDED' },
    ])
    expect(rows[0]).toMatchObject({ action: 'keys create', reason: 'of shop' })
    for (const change of ['delete from', 'truncate', 'update']) {
      const set = change === 'update' ? ` set outcome = 'x'` : ''
      const changed = owner.query(`${change} access_audit${set}`)
      await expect(changed).rejects.toThrowError(/append-only/)
    }
  })

  it('does not know a revoked key a few seconds later', async () => {
    const key = await keys('create', '--name', 'gone', '--role', 'viewer:*')
    expect((await ask('/sagas', key)).status).toBe(200)
    const prefix = key.split('_')[1] ?? ''
    expect(await keys('list')).toContain(prefix)
    expect(await keys('list')).not.toContain(key.split('_')[2])
    await keys('revoke', '--prefix', prefix)
    await awaitUntil('the key is gone', async () => (await ask('/sagas', key)).status === 401)
  })

  it('tells no secret in any line of its logs', () => {
    expect(lines.length).toBeGreaterThan(20)
    expect(lines.filter((line) => /canary|sgl_[0-9a-f]/.test(line))).toEqual([])
  })
})

describe('a role of a program', () => {
  it.each([
    ['create table mine (id int)', /permission denied for schema/],
    ['drop table sagas', /must be owner/],
    ['alter table access_audit disable trigger all', /must be owner/],
    ['delete from access_audit', /permission denied/],
    [`insert into api_keys values ('p', '', 'n', '{admin:*}')`, /permission denied/],
    ['update api_keys set revoked_at = null', /permission denied/],
    ['delete from sagaline_migrations_orchestrator', /permission denied/],
  ])('may not %s', async (sql, refusal) => {
    const app = openAs('sagas_app', appPassword, 'sagas')
    await expect(app.query(sql)).rejects.toThrowError(refusal)
  })

  it('does not come into the databases of others', async () => {
    const strange = openAs('orders_app', appPassword, 'sagas')
    await expect(strange.query('select 1')).rejects.toThrowError(/permission denied for database/)
  })
})

describe('Postgres', () => {
  const problemAt = async (url: string) => {
    const db = openDb({ url, applicationName: 'test', connectionsMax: 1 })
    const problem = await db.problem()
    await db.stop()
    return problem
  }
  const withPassword = (url: string) => url.replace('@', `:${encodeURIComponent(appPassword)}@`)
  const secure = (ca: string) => `?sslmode=verify-full&sslrootcert=${ca}`

  it('is not believed with a certificate that somebody else signed, or for another name', async () => {
    const url = withPassword(urlOf('sagas_app', 'sagas'))
    expect(await problemAt(url + secure(parts.ca))).toBeNull()
    expect(await problemAt(url + secure(parts.strangeCa))).toMatch(/certificate|verify/)
    const named = withPassword(urlOf('sagas_app', 'sagas', 'localhost'))
    expect(await problemAt(named + secure(parts.ca))).toMatch(/altnames|Host/)
    expect(await problemAt(url)).toMatch(/no encryption/)
  })

  it('believes a role by its certificate, where it asks for one', async () => {
    const admin = openAs('postgres', parts.adminPassword, 'postgres')
    await admin.query('create role certified login')
    const url = urlOf('certified', 'postgres') + secure(parts.ca)
    expect(await problemAt(url)).toMatch(/certificate/)
    const { certificate, key } = parts.certificateOf('certified')
    expect(await problemAt(`${url}&sslcert=${certificate}&sslkey=${key}`)).toBeNull()
    const strange = parts.certificateOf('payments')
    const asAnother = `${url}&sslcert=${strange.certificate}&sslkey=${strange.key}`
    expect(await problemAt(asAnother)).toMatch(/certificate authentication failed/)
  })
})

describe('Kafka', () => {
  const startOf = async (changes: object) => {
    const bus = createKafkaBus({
      ...connectionOf('orders'),
      connectDeadlineMs: 5_000,
      log: silentLog,
      onFatal: () => undefined,
      ...changes,
    })
    try {
      await bus.start()
      return null
    } catch (error) {
      return error
    } finally {
      await bus.stop()
    }
  }
  const unreachable = expect.objectContaining({ code: 'BROKER_UNREACHABLE' })

  it('is reached with its certificate and the password, and in no other way', async () => {
    expect(await startOf({})).toBeNull()
    const port = parts.broker.split(':')[1]
    const wrong = [
      { tls: { ca: readFileSync(parts.strangeCa, 'utf8') } },
      { brokers: [`localhost:${port}`] },
      { login: { mechanism: 'scram-sha-512', username: 'orders', password: 'guess' } },
      // Where it asks for a certificate, and gets none.
      { brokers: [parts.certificateBroker], login: undefined },
    ]
    const found = await Promise.all(wrong.map(startOf))
    expect(found).toEqual(wrong.map(() => unreachable))
  })
})

describe('the rights that sagaline acls prints', () => {
  const forbidden = expect.objectContaining({ code: 'KAFKA_FORBIDDEN' })
  const record = { key: 'k', value: '{}', headers: {} }

  async function onBus<T>(user: KafkaUser, work: (bus: Bus, lost: Promise<Error>) => Promise<T>) {
    const { promise: lost, resolve } = Promise.withResolvers<Error>()
    const bus = createKafkaBus({ ...connectionOf(user), log: silentLog, onFatal: resolve })
    try {
      await bus.start()
      return await work(bus, lost)
    } finally {
      await bus.stop()
    }
  }

  it('let nobody write, read, join or create what is not its own', async () => {
    const toOthers = onBus('payments', (bus) =>
      bus.publish([{ topic: 'orders.commands', ...record }]),
    )
    await expect(toOthers).rejects.toEqual(forbidden)
    const creating = onBus('orders', (bus) =>
      bus.ensureTopics([{ name: 'mine', partitions: 1, replicationFactor: 1 }]),
    )
    await expect(creating).rejects.toEqual(forbidden)
    const listening = (user: KafkaUser, groupId: string) =>
      onBus(user, async (bus, lost) => {
        const handle = async () => ({ settled: Promise.resolve() })
        const topics = ['orders.commands']
        await bus.subscribe({ groupId, topics, batchRecordsMax: 1, handle })
        return lost
      })
    // A topic that it may only write to, and a group that is another's.
    expect(await listening('orchestrator', 'sagaline.test')).toEqual(forbidden)
    expect(await listening('orders', 'payments')).toEqual(forbidden)
  })

  it('are each needed: without one the program says so, and goes on once it is back', async () => {
    const key = await keys('create', '--name', 'shop-2', '--role', 'operator:place-order')
    const answers = acls
      .filter(({ name }) => name === 'payments')
      .map(({ name, acls: all }) => ({
        name,
        acls: all.filter((acl) => acl.name === 'sagaline.replies'),
      }))
    expect(answers[0]?.acls.length).toBe(1)
    await forbid(connectionOf('admin'), answers)
    const before = lines.length
    const placed = ask('/sagas/place-order', key, { ...order, customerId: 'c-3' })
    const said = () => lines.slice(before).some((line) => line.includes('KAFKA_FORBIDDEN'))
    await awaitUntil('the payment service says what it lacks', said)
    await allow(connectionOf('admin'), answers)
    expect((await placed).body).toMatchObject({ status: 'completed' })
  })

  it('let the operator audit the topics and look at them', async () => {
    const env = settingsOf('sagas', 'owner', ownerPassword, 'operator')
    const audited = await runBinary(['audit', '--topics', '--json'], { env })
    expect(JSON.parse(audited.out)).toMatchObject({ breachCount: 0 })
    const { out } = await runBinary(['doctor', '--json'], { env })
    const { findings } = JSON.parse(out) as { readonly findings: readonly Finding[] }
    const ofTopics = findings.filter(({ name }) => name.startsWith('topic '))
    expect(ofTopics.map(({ verdict }) => verdict)).toEqual(Array.from({ length: 6 }, () => 'fine'))
  })

  it('let a consumer of events read in whatever group it has', async () => {
    const { promise: taken, resolve } = Promise.withResolvers<string>()
    await onBus('orders', async (bus, lost) => {
      const handle = async () => {
        resolve('an event')
        return { settled: Promise.resolve() }
      }
      const topics = ['payments.events']
      await bus.subscribe({ groupId: 'orders.by-chance', topics, batchRecordsMax: 1, handle })
      expect(await Promise.race([taken, lost])).toBe('an event')
    })
  })

  // The last one: the orchestrator did not ask for what it answers.
  it('let the operator certify a participant', async () => {
    const env = settingsOf('sagas', 'owner', ownerPassword, 'operator')
    const words = ['certify', '--commands', 'payments.commands', '--json']
    const { out } = await runBinary(words, { env })
    expect(JSON.parse(out)).toMatchObject({ breach: null })
  })
})
