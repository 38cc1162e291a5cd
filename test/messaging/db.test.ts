// Transactions on real Postgres: what resolves was committed, and what may be tried again is known.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Db, isTransientDbError, openDb, type Queries } from '../../messaging/db.ts'
import { orchestratorError } from '../../orchestrator/errors.ts'
import { participantError } from '../../participant/errors.ts'
import { createTestDatabase, type TestDatabase } from './servers.ts'

let database: TestDatabase
let db: Db

beforeAll(async () => {
  database = await createTestDatabase()
  db = database.db
  await db.query('create table things (id integer primary key)')
})

afterAll(() => database.drop())

const count = async () => (await db.query('select from things')).rowCount

describe('a transaction', () => {
  it('commits statements that were not awaited', async () => {
    await db.transaction(async (tx) => {
      void tx.query('insert into things values (1)')
      void tx.query('insert into things values (2)')
    })
    expect(await count()).toBe(2)
  })

  it('fails as a whole when one that was not awaited fails', async () => {
    const failed = db.transaction(async (tx) => {
      void tx.query('insert into things values (3)')
      void tx.query('insert into things values (3)')
      void tx.query('insert into things values (4)')
    })
    await expect(failed).rejects.toMatchObject({ code: '23505' })
    expect(await count()).toBe(2)
  })

  it('rolls back when its work throws, and the connection serves the next one', async () => {
    const failed = db.transaction(async (tx) => {
      await tx.query('insert into things values (5)')
      throw new Error('changed my mind')
    })
    await expect(failed).rejects.toThrow('changed my mind')
    expect(await count()).toBe(2)
  })

  it('says why it failed, not that a later statement was in vain', async () => {
    const failed = db.transaction(async (tx) => {
      const first = tx.query('insert into things values (1)')
      await tx.query('select 1')
      await first
    })
    await expect(failed).rejects.toMatchObject({ code: '23505' })
  })

  it('by key plans for tables that grow, also while they are small', async () => {
    await db.query('create table growing (id integer primary key)')
    await db.query('insert into growing values (1)')
    await db.query('vacuum analyze growing')
    const find = { name: 'growing.find', text: 'select id from growing where id = any($1::int[])' }
    // After its fifth run a prepared statement gets a plan that it keeps.
    const planOf = async (on: Queries) => {
      for (let run = 0; run < 10; run += 1) await on.query(find, [[run]])
      const { rows } = await on.query(`explain execute "growing.find" ('{}')`)
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    }
    const byKey = { isByKey: true }
    const alone: Queries = { query: (sql, values) => db.query(sql, values, byKey) }
    for (const plan of [await db.transaction(planOf, byKey), await planOf(alone)]) {
      expect(plan).toContain('Index')
      expect(plan).not.toContain('Seq Scan')
    }
    expect(await db.transaction(planOf)).toContain('Seq Scan')
  })

  it('by key waits for nobody who asks otherwise', async () => {
    const one = openDb({ url: database.url, applicationName: 'one', connectionsMax: 1 })
    const answered = await one.transaction(async () => {
      const { rows } = await one.query('select 1 as one', [], { isByKey: true })
      return [rows, one.usage()]
    })
    expect(answered).toEqual([[{ one: 1 }], { open: 2, idle: 1, waiting: 0 }])
    await one.stop()
  })

  it('does not resolve when the work swallowed a failed statement', async () => {
    const swallowed = db.transaction(async (tx) => {
      await tx.query('insert into things values (1)').catch(() => undefined)
    })
    await expect(swallowed).rejects.toMatchObject({ code: '23505' })
  })

  it('says that a connection cut in its middle may be tried again', async () => {
    const cut = db.transaction(async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
      await db.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      await tx.query('insert into things values (6)')
    })
    const error = await cut.catch((caught: unknown) => caught)
    expect(isTransientDbError(error)).toBe(true)
    expect(await count()).toBe(2)
  })
})

describe('an error', () => {
  const coded = (code: string) => Object.assign(new Error('x'), { code })

  it.each([
    '40001',
    '40P01',
    '55P03',
    '08006',
    '57P01',
    '53100',
    '25006',
    'EPIPE',
    'ECONNRESET',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'COMMIT_UNKNOWN',
  ])('with the code %s may be tried again', (code) => {
    expect(isTransientDbError(coded(code))).toBe(true)
  })

  it.each(['23505', '22P02', '42P01', '42601'])('with the code %s may not', (code) => {
    expect(isTransientDbError(coded(code))).toBe(false)
  })

  it.each([
    orchestratorError('SAGA_NAME_UNKNOWN', { name: 'terminate-contract' }),
    participantError('HANDLER_TIMEOUT', { name: 'orders.create', limitMs: 1 }),
  ])('of ours may not, whatever it quotes: $message', (error) => {
    expect(isTransientDbError(error)).toBe(false)
  })
})
