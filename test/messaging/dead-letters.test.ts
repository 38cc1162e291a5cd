// Parked records keep their bytes, and one record is parked once; on real Postgres.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IncomingRecord } from '../../messaging/bus.ts'
import { park } from '../../messaging/dead-letters.ts'
import { silentLog } from '../../messaging/log.ts'
import { messagingMigrations, migrate } from '../../messaging/migrate.ts'
import { listDeadLetters } from './list-dead-letters.ts'
import { createTestDatabase, type TestDatabase } from './servers.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase()
  await migrate({ url: database.url, sets: [messagingMigrations], log: silentLog })
})
afterAll(() => database?.drop())

const anyBytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at))

const poison: IncomingRecord = {
  topic: 'orders.commands',
  partition: 3,
  offset: 9_007_199_254_740_993n,
  key: anyBytes,
  value: anyBytes,
  headers: { ce_id: anyBytes, 'with"quote': Buffer.from('ü'), empty: Buffer.alloc(0) },
  timestamp: new Date('2026-11-22T10:00:00.123Z'),
}

const letter = (record: IncomingRecord, consumer = 'orders') => ({
  record,
  consumer,
  code: 'MESSAGE_MALFORMED',
  reason: 'its \0 value, \ud800, {"curly"} \\ and all',
  isSensitive: false,
})

test('a parked record keeps every byte', async () => {
  await park(database.db, [letter(poison)])
  const [found] = await listDeadLetters(database.db, { limit: 10 })
  expect(found?.record).toEqual(poison)
  expect(found).toMatchObject({ consumer: 'orders', code: 'MESSAGE_MALFORMED' })
  expect(found?.reason).toContain('and all')
  expect(found?.parkedAt.getTime()).toBeGreaterThan(Date.now() - 60_000)
})

test('the same record parked twice, also in one call, is one row', async () => {
  const record = { ...poison, offset: 5n }
  await park(database.db, [letter(record), letter(record)])
  await database.db.transaction((tx) => park(tx, [letter(record)]))
  const rows = await listDeadLetters(database.db, { limit: 100 })
  expect(rows.filter(({ record: { offset } }) => offset === 5n)).toHaveLength(1)
})

test('other consumers, and a topic created anew, have rows of their own', async () => {
  const record = { ...poison, offset: 6n, key: null, value: null, headers: {} }
  const later = { ...record, timestamp: new Date('2027-01-01T00:00:00Z') }
  await park(database.db, [letter(record), letter(record, 'payments'), letter(later)])
  const rows = await listDeadLetters(database.db, { limit: 100 })
  const found = rows.filter(({ record: { offset } }) => offset === 6n)
  expect(found).toHaveLength(3)
  expect(found[0]?.record).toEqual(record)
})

test.each([
  ['after', 8.64e15, '9999-12-31T23:59:59.999Z'],
  ['before', -8.64e15, '0001-01-01T00:00:00.000Z'],
  ['of no', Number.NaN, '1970-01-01T00:00:00.000Z'],
])('a record from %s any year is parked all the same', async (_, ms, expected) => {
  const record = { ...poison, offset: 7n, timestamp: new Date(ms) }
  await park(database.db, [letter(record)])
  const { rows } = await database.db.query(
    `select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
     from dead_letters where record_offset = 7 order by id desc limit 1`,
  )
  expect(rows[0]?.['at']).toBe(expected)
})

test('parking nothing does nothing', async () => {
  await park(database.db, [])
})
