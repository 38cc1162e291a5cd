// Fresh databases in the Postgres of the test run, dropped again at the end.
import { randomUUID } from 'node:crypto'
import { type Db, openDb } from '../../messaging/db.ts'
import { openAdminDb, patientLimits } from '../admin-db.ts'

export type TestDatabases = {
  /** Creates one whose name begins so, and gives its URL. */
  create(name: string): Promise<string>
  /** A pool on a database, closed with the rest. */
  open(url: string): Db
  dropAll(): Promise<void>
}

const connectionsMax = 4

export function openTestDatabases(adminUrl: string): TestDatabases {
  const open = (url: string) =>
    openDb({ url, applicationName: 'test', connectionsMax, ...patientLimits })
  const admin = openAdminDb(adminUrl)
  const names: string[] = []
  const pools: Db[] = []
  return {
    create: async (wanted) => {
      const name = `${wanted}_${randomUUID().slice(0, 8)}`
      await admin.query(`create database "${name}"`)
      names.push(name)
      const url = new URL(adminUrl)
      url.pathname = `/${name}`
      return url.href
    },
    open: (url) => {
      const db = open(url)
      pools.push(db)
      return db
    },
    dropAll: async () => {
      await Promise.all(pools.map((db) => db.stop()))
      for (const name of names) await admin.query(`drop database "${name}" with (force)`)
      await admin.stop()
    },
  }
}
