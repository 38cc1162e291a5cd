/**
 * Creates databases in a local or given Postgres, and drops again what it created. Called by
 * local-postgres.ts.
 */
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { LocalPartsError, reasonOf } from './errors.ts'

const connectLimitMs = 20_000
const statementLimitMs = 30_000

export type DatabaseOptions = {
  readonly adminUrl: string
  readonly name: string
  /** Add a random ending to the name, for a server that is not ours alone. */
  readonly isNameShared: boolean
}

/** The new database's name in the server. @throws LocalPartsError LOCAL_DATABASE_FAILED */
export async function createDatabase(options: DatabaseOptions): Promise<string> {
  if (!/^[a-z][a-z0-9_]{0,50}$/.test(options.name)) {
    const rule = 'a name has lower case letters, digits and _, starts with a letter, at most 51'
    throw new LocalPartsError('LOCAL_DATABASE_FAILED', `'${options.name}' is no name: ${rule}.`)
  }
  const ending = options.isNameShared ? `_${randomBytes(5).toString('hex')}` : ''
  const name = `${options.name}${ending}`
  await execute(options.adminUrl, `create database "${name}"`)
  return name
}

export async function dropDatabase(adminUrl: string, name: string): Promise<void> {
  await execute(adminUrl, `drop database if exists "${name}" with (force)`)
}

/** The same server, user and options, another database. */
export function urlOf(adminUrl: string, database: string): string {
  const url = new URL(adminUrl)
  url.pathname = `/${database}`
  return url.href
}

async function execute(adminUrl: string, statement: string): Promise<void> {
  const client = new Client({
    connectionString: adminUrl,
    connectionTimeoutMillis: connectLimitMs,
    statement_timeout: statementLimitMs,
  })
  // Without a listener a connection lost while idle would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(statement)
  } catch (error) {
    throw new LocalPartsError('LOCAL_DATABASE_FAILED', `${reasonOf(error)}.`, { cause: error })
  } finally {
    await client.end().catch(() => {})
  }
}
