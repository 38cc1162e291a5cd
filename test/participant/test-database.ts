// A fresh database for one test file: the suite's Postgres, the migrations that a participant
// needs, and the tables that a test asks for.

import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'
import { type Db, openDb } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import { migrate, shippedSet } from '../../messaging/migrate.ts'
import { openAdminDb } from '../admin-db.ts'

export type TestDatabase = {
  readonly db: Db
  readonly url: string
  drop(): Promise<void>
}

export async function createTestDatabase(sets: readonly string[], sql = ''): Promise<TestDatabase> {
  const admin = openAdminDb(inject('postgresUrl'))
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await admin.query(`create database ${name}`)
  const url = new URL(inject('postgresUrl'))
  url.pathname = `/${name}`
  const db = openDb({ url: url.href, applicationName: 'test', connectionsMax: 8 })
  await migrate({ url: url.href, sets: sets.map(shippedSet), log: silentLog })
  if (sql !== '') await db.query(sql)
  return {
    db,
    url: url.href,
    drop: async () => {
      await db.stop()
      await admin.query(`drop database ${name} with (force)`)
      await admin.stop()
    },
  }
}
