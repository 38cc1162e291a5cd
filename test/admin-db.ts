// Connections that create and drop databases. That waits for a checkpoint, which takes as long as
// other tests write, so it may take longer than a statement of the product.
import { type Db, openDb } from '../messaging/db.ts'

const limitMs = 60_000

export function openAdminDb(url: string): Db {
  const limits = { acquireTimeoutMs: limitMs, statementTimeoutMs: limitMs, lockTimeoutMs: limitMs }
  return openDb({ url, applicationName: 'test-admin', connectionsMax: 1, ...limits })
}
