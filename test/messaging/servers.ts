// A fresh database for a test of this folder.
import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { type Db, openDb } from '../../messaging/db.ts'
import { openAdminDb } from '../admin-db.ts'

export type TestDatabase = {
  readonly url: string
  readonly db: Db
  /** Closes the connections and drops the database. */
  drop(): Promise<void>
}

export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `messaging_${randomUUID().replaceAll('-', '')}`
  await onServer(`create database ${name}`)
  const url = new URL(inject('postgresUrl'))
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
  const server = openAdminDb(inject('postgresUrl'))
  try {
    await server.query(statement)
  } finally {
    await server.stop()
  }
}
