// The migration that makes parts of the history, on a database that was in use before it: all of it is
// there afterwards, can be read, and goes on.
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import { messagingMigrations, migrate, shippedSet } from '../../messaging/migrate.ts'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import { listHistoryParts, makeHistoryDay } from '../../orchestrator/store/history-parts.ts'
import { callCli } from '../cli/call-cli.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'
import { replied, writeSaga } from '../system/written-sagas.ts'
import { trip } from './audited-sagas.ts'

const dayMs = 86_400_000
const definitions = path.join(import.meta.dirname, 'audited-sagas.ts')
const last = '0009_stats.sql'

let database: TestDatabase
let folder: string

/** With the migrations of the release before, and no others. */
beforeAll(async () => {
  database = await createTestDatabase([])
  folder = await mkdtemp(path.join(tmpdir(), 'sagaline-migrations-'))
  const { name, directory } = shippedSet('orchestrator')
  for (const file of await readdir(directory)) {
    if (file <= last) await cp(path.join(directory, file), path.join(folder, file))
  }
  const sets = [messagingMigrations, { name, directory: folder }]
  await migrate({ url: database.url, sets, log: silentLog })
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

/** Completed in five entries; its id says that it was started so many days ago. */
async function ended(daysAgo: number): Promise<SagaId> {
  const at = Date.now() - daysAgo * dayMs
  const hex = Math.floor(at).toString(16).padStart(12, '0')
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000` as SagaId
  const started: SagaEvent = { type: 'started', sagaId: id, input: { amount: 7 } }
  const replies = ['a/do', 'b/do', 'pay/do', 'tell/do'].map((one) => replied(id, one, 'succeeded'))
  const events = [started, ...replies].map((event, index) => ({ event, at: at + index * 100 }))
  await writeSaga(database.db, { definition: trip, businessKey: id, events })
  return id
}

const rows = async (sql: string) => (await database.db.query(sql)).rows

it('keeps every row of before in one part, and makes days behind it', async () => {
  // The last one by a clock that is ahead.
  for (const daysAgo of [700, 30, 0, -3]) await ended(daysAgo)
  const all = 'select * from history order by saga_id, seq'
  const before = await rows(all)
  expect(before).toHaveLength(20)
  await migrate({ url: database.url, sets: [shippedSet('orchestrator')], log: silentLog })
  expect(await rows(all)).toEqual(before)
  expect(await rows('select * from history_before order by saga_id, seq')).toEqual(before)

  const words = ['replay', '--database', database.url, '--definitions', definitions, '--json']
  const { code, out } = await callCli(words)
  expect(JSON.parse(out)).toMatchObject({ sagas: 4, entries: 20, breachCount: 0, notJudged: [] })
  expect(code).toBe(exitCodes.fine)

  const days = [0, 3, 4, 5]
  const made = []
  for (const ahead of days) made.push(await makeHistoryDay(database.db, ahead))
  expect(made).toEqual([false, false, true, true])
  await ended(-4)
  await ended(0.5)
  const [first, next] = await listHistoryParts(database.db)
  const count = async (part = '') => (await rows(`select 1 from ${part}`)).length
  expect([await count(first?.name), await count(next?.name)]).toEqual([25, 5])
  expect(await count('history_rest')).toBe(0)
})
