// Faults of what others do in Postgres: connections ended, rows and tables locked by a transaction
// that sits idle, no connection left, no room left on the disk.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import { awaitUntil } from '../../system/await-until.ts'
import type { Fault } from '../fault.ts'
import { openClient, withClient } from '../with-client.ts'

const seenLimitMs = 30_000
/** Beyond what the server lets in. */
const connectionsTried = 250

const theirs = `datname in ('sagas', 'orders', 'payments') and application_name <> 'chaos'`

async function endSessions(client: Client): Promise<number> {
  const sql = `select pg_terminate_backend(pid) from pg_stat_activity where ${theirs}`
  return (await client.query(sql)).rowCount ?? 0
}

const cut: Fault = {
  kind: 'postgres.sessions-ended',
  lane: 'postgres',
  make: async ({ adminUrl }) => {
    const count = await awaitUntil('sessions are there to end', async () => {
      return (await withClient(adminUrl, endSessions)) || null
    })
    return `${count} sessions`
  },
}

/** What an idle transaction may hold, in which database. */
const lockables = [
  { database: 'sagas', sql: 'select 1 from sagas where ended_at is null for update' },
  { database: 'sagas', sql: 'lock table history in share row exclusive mode' },
  { database: 'sagas', sql: 'lock table publish_batches in share row exclusive mode' },
  { database: 'orders', sql: 'lock table orders in share row exclusive mode' },
  { database: 'payments', sql: 'lock table fence in share row exclusive mode' },
  { database: 'view', sql: 'lock table inbox in share row exclusive mode' },
] as const

const locked: Fault = {
  kind: 'postgres.rows-locked',
  lane: 'postgres',
  make: async ({ databases, adminUrl }, random) => {
    const { database, sql } = random.pick(lockables)
    const ms = random.between(2_000, 6_000)
    const waiting = await awaitUntil('somebody waits for the lock', async () => {
      return withClient(databases[database], async (holder) => {
        await holder.query('begin')
        await holder.query(sql)
        await sleep(ms)
        return (await withClient(adminUrl, countBlocked)) || null
      })
    })
    return `${database}: ${sql}, for ${Math.round(ms)} ms; ${waiting} waited`
  },
}

async function countBlocked(client: Client): Promise<number> {
  const { rows } = await client.query<{ readonly count: number }>(
    `select count(*)::int as count from pg_stat_activity where cardinality(pg_blocking_pids(pid)) > 0`,
  )
  return rows[0]?.count ?? 0
}

const connectionsUsedUp: Fault = {
  kind: 'postgres.connections-used-up',
  lane: 'postgres',
  make: async ({ adminUrl }, random) => {
    const held: Client[] = []
    try {
      const refusal = await useUp(adminUrl, held)
      // Whoever had a connection needs a new one, and what is given back is taken at once.
      const first = held[0]
      const ended = first === undefined ? 0 : await endSessions(first)
      await useUp(adminUrl, held)
      await sleep(random.between(1_000, 4_000))
      return `${held.length} held, ${ended} ended: ${refusal}`
    } finally {
      await Promise.all(held.map((client) => client.end().catch(() => {})))
    }
  },
}

/** Answers how the server refused the last one. */
function useUp(url: string, held: Client[]): Promise<string> {
  return awaitUntil(
    'the server refuses connections',
    async () => {
      for (let tried = 0; tried < connectionsTried; tried += 1) {
        try {
          held.push(await openClient(url))
        } catch (error) {
          if ((error as { readonly code?: string }).code === '53300') return String(error)
          throw error
        }
      }
      return null
    },
    seenLimitMs,
  )
}

const diskFull: Fault = {
  kind: 'postgres.disk-full',
  lane: 'postgres',
  whyNot: ({ disk }) => (typeof disk === 'string' ? disk : null),
  make: async (world, random) => {
    const { disk, databases } = world
    if (typeof disk === 'string') throw new Error(disk)
    try {
      disk.fill()
      const refusal = await awaitUntil('a row finds no room', () =>
        growUntilFull(databases.payments),
      )
      await sleep(random.between(1_500, 5_000))
      return `the payments' database: ${refusal}`
    } finally {
      disk.empty()
      await withClient(databases.payments, (client) => client.query('drop table if exists filler'))
    }
  },
}

/** Room that Postgres had already got must be used up too; then it may lack that for a connection. */
async function growUntilFull(url: string): Promise<string | null> {
  try {
    await withClient(url, async (client) => {
      await client.query('create table if not exists filler (text text)')
      await client.query(
        `insert into filler select repeat(md5(n::text), 20) from generate_series(1, 20000) n`,
      )
    })
    return null
  } catch (error) {
    if ((error as { readonly code?: string }).code === '53100') return String(error)
    throw error
  }
}

export const sessionFaults: readonly Fault[] = [cut, locked, connectionsUsedUp, diskFull]
