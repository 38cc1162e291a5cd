// The order system as it should run in production: TLS and passwords to Kafka and Postgres, roles
// in the database that may do no more than they must, and a login to REST.
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Db, openDb } from '../../messaging/db.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import { SystemProcess } from '../../services/system/system-process.ts'
import { awaitUntil } from './await-until.ts'
import { type SecureParts, startSecureParts } from './secure-parts.ts'

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
const running: SystemProcess[] = []
const pools: Db[] = []
const lines: string[] = []

beforeAll(async () => {
  parts = await startSecureParts()
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
  await processOf(name, 'owner', ownerPassword).run('migrate')
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

function settingsOf(name: Name, user: string, password: string): Record<string, string> {
  return {
    KAFKA_BROKERS: parts.broker,
    KAFKA_TLS: 'true',
    KAFKA_CA_FILE: parts.ca,
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_USERNAME: 'sagaline',
    KAFKA_PASSWORD_FILE: parts.file('kafka-password', `${parts.kafkaPassword}\n`),
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

function processOf(name: Name, user: string, password: string): SystemProcess {
  const environment = settingsOf(name, user, password)
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
})

describe('Kafka', () => {
  const startOf = async (changes: object) => {
    const bus = createKafkaBus({
      brokers: [parts.broker],
      clientId: 'test',
      tls: { ca: readFileSync(parts.ca, 'utf8') },
      login: { mechanism: 'scram-sha-512', username: 'sagaline', password: parts.kafkaPassword },
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
      { login: { mechanism: 'scram-sha-512', username: 'sagaline', password: 'guess' } },
    ]
    const found = await Promise.all(wrong.map(startOf))
    expect(found).toEqual(wrong.map(() => unreachable))
  })
})
