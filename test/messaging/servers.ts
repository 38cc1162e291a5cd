// Where the tests of this folder find Kafka and Postgres: what the global set-up provides, else
// what the environment names.
import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { type Db, openDb } from '../../messaging/db.ts'

type Provided = 'kafkaBrokers' | 'postgresUrl'

const environmentNames = { kafkaBrokers: 'KAFKA_BROKERS', postgresUrl: 'DATABASE_URL' } as const

function provided(name: Provided): string {
  const given = inject(name as never) as string | undefined
  const url = given ?? process.env[environmentNames[name]]
  if (url === undefined) throw new Error(`Tests need ${environmentNames[name]}`)
  return url
}

export function kafkaBrokers(): readonly string[] {
  return provided('kafkaBrokers').split(',')
}

export type TestDatabase = {
  readonly url: string
  readonly db: Db
  /** Closes the connections and drops the database. */
  drop(): Promise<void>
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `messaging_${randomUUID().replaceAll('-', '')}`
  await onServer(`create database ${name}`)
  const url = new URL(provided('postgresUrl'))
  url.pathname = `/${name}`
  const db = openDb({ url: url.href, applicationName: 'messaging-tests', connectionsMax: 6 })
  return {
    url: url.href,
    db,
    drop: async () => {
      await db.stop()
      await onServer(`drop database ${name} with (force)`)
    },
  }
}

async function onServer(statement: string): Promise<void> {
  const url = provided('postgresUrl')
  const server = openDb({ url, applicationName: 'messaging-tests', connectionsMax: 1 })
  try {
    await server.query(statement)
  } finally {
    await server.stop()
  }
}
