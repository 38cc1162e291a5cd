// Connections of tests themselves, with more patience than those of the product: to create and drop
// databases waits for a checkpoint, which takes as long as other tests write, and a test may start processes
// while it holds a row.
import { type Db, openDb } from '../messaging/db.ts'

const limitMs = 60_000

export const patientLimits = {
  acquireTimeoutMs: limitMs,
  statementTimeoutMs: limitMs,
  lockTimeoutMs: limitMs,
  idleInTransactionTimeoutMs: limitMs,
}

export function openAdminDb(url: string): Db {
  return openDb({ url, applicationName: 'test-admin', connectionsMax: 1, ...patientLimits })
}
