// Claims of leftover batches keep to their limit, whichever way Postgres goes about them.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Db, openDb } from '../../messaging/db.ts'
import { claimLeftovers, claimSetAside } from '../../orchestrator/store/publish-batches.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'

let database: TestDatabase
/** Of one connection, which the settings are for. */
let db: Db

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'orchestrator'])
  db = openDb({ url: database.url, applicationName: 'test', connectionsMax: 1 })
  // Otherwise it joins row by row only when it sees fit.
  for (const way of ['hashagg', 'hashjoin', 'material', 'mergejoin', 'sort']) {
    await db.query(`set enable_${way} = off`)
  }
})
afterAll(async () => {
  await db.stop()
  await database.drop()
})

/** In the order of their ids, in which they are claimed. */
async function fill(dueAt: string): Promise<void> {
  await db.query('delete from publish_batches')
  await db.query(
    `insert into publish_batches (id, saga_ids, due_at)
     select lpad(number::text, 32, '0')::uuid, '{}', '${dueAt}' from generate_series(1, 8) number`,
  )
}

const limits = { limit: 3, claimMs: 60_000, except: [] }

it('of overdue batches no more than the limit are claimed', async () => {
  await fill('2001-01-01')
  expect(await claimLeftovers(db, { dueWithinMs: 0, ...limits })).toHaveLength(3)
})

it('of batches that were set aside no more than the limit are claimed', async () => {
  await fill('infinity')
  expect(await claimSetAside(db, limits)).toHaveLength(3)
})
