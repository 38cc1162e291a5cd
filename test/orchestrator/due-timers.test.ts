// Looking for due timers costs what is due, however many are pending.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Db } from '../../messaging/db.ts'
import { findDueSagas } from '../../orchestrator/store/timers.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'

const pending = 20_000
const due = 3

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'orchestrator'])
  await database.db.query(
    `insert into timers (saga_id, due_at)
     select gen_random_uuid(), clock_timestamp() + interval '1 hour' * case when n <= $1 then -1 else n end
     from generate_series(1, $2::int) n`,
    [due, pending],
  )
  await database.db.query('analyze timers')
})
afterAll(() => database.drop())

test('those that are due are found', async () => {
  expect((await findDueSagas(database.db, 100, [])).sagaIds).toHaveLength(due)
})

test('only a few pages are looked at among many pending ones', async () => {
  let pages = Number.NaN
  const explaining = {
    query: async (statement: { readonly text: string }, values: readonly unknown[]) => {
      const text = `explain (analyze, buffers, format json) ${statement.text}`
      const { rows } = await database.db.query(text, values)
      const plan = planOf(rows[0]?.['QUERY PLAN'])
      pages = (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0)
      return { rows: [{ now_ms: 0, saga_ids: [] }], rowCount: 1 }
    },
  } as unknown as Db
  await findDueSagas(explaining, 100, [])
  expect(pages).toBeGreaterThan(0)
  expect(pages).toBeLessThan(20)
})

function planOf(explained: unknown): Readonly<Record<string, number>> {
  return (
    (explained as readonly { readonly Plan: Readonly<Record<string, number>> }[])[0]?.Plan ?? {}
  )
}
