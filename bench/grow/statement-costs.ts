// What each statement cost since a reset, from pg_stat_statements: which one grows with the past.
import { type Db, openDb } from '../../messaging/db.ts'

export type StatementCost = {
  readonly database: string
  readonly text: string
  readonly calls: number
  readonly buffers: number
  readonly walBytes: number
  readonly milliseconds: number
}

const textLengthMax = 90

/** It must be among the `shared_preload_libraries` of the server. */
export async function openStatementCosts(databases: Readonly<Record<string, string>>) {
  const dbs = Object.entries(databases).map(([name, url]) => ({
    name,
    db: openDb({ url, applicationName: 'bench', connectionsMax: 1 }),
  }))
  for (const { db } of dbs) await db.query('create extension if not exists pg_stat_statements')
  return {
    reset: async () => {
      await dbs[0]?.db.query('select pg_stat_statements_reset()')
    },
    read: async (): Promise<readonly StatementCost[]> => {
      const read = await Promise.all(dbs.map(({ name, db }) => readOne(name, db)))
      return read.flat()
    },
    stop: async () => {
      await Promise.all(dbs.map(({ db }) => db.stop()))
    },
  }
}

async function readOne(database: string, db: Db): Promise<readonly StatementCost[]> {
  const { rows } = await db.query(`
    select query, sum(calls)::float8 as calls,
      sum(shared_blks_hit + shared_blks_read)::float8 as buffers,
      sum(wal_bytes)::float8 as wal_bytes, sum(total_exec_time)::float8 as milliseconds
    from pg_stat_statements
    where dbid = (select oid from pg_database where datname = current_database())
    group by query`)
  return rows.map((row) => ({
    database,
    text: String(row['query']).trim().replace(/\s+/g, ' ').slice(0, textLengthMax),
    calls: Number(row['calls']),
    buffers: Number(row['buffers']),
    walBytes: Number(row['wal_bytes']),
    milliseconds: Number(row['milliseconds']),
  }))
}

export type Growth = {
  readonly statement: StatementCost
  /** Buffers for each saga, then and now. */
  readonly before: number
  readonly after: number
}

/** Statements that look at more pages for a saga than they did, the worst first. */
export function growthOf(
  before: { readonly sagas: number; readonly costs: readonly StatementCost[] },
  after: { readonly sagas: number; readonly costs: readonly StatementCost[] },
): readonly Growth[] {
  const each = ({ buffers }: StatementCost, sagas: number) => buffers / sagas
  return after.costs
    .map((statement) => {
      const known = before.costs.find(
        ({ database, text }) => database === statement.database && text === statement.text,
      )
      return {
        statement,
        before: known === undefined ? 0 : each(known, before.sagas),
        after: each(statement, after.sagas),
      }
    })
    .filter((growth) => growth.after - growth.before >= growthPagesMin)
    .toSorted((one, other) => other.after - other.before - (one.after - one.before))
}

/** Less is noise: a tree that became one level higher adds one for each look-up. */
const growthPagesMin = 1
