// Migrations on real Postgres: once each, by several starters at once, or not at all.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentLog } from '../../messaging/log.ts'
import { messagingMigrations, migrate } from '../../messaging/migrate.ts'
import { createTestDatabase, type TestDatabase } from './servers.ts'

let database: TestDatabase
let directory: string

beforeEach(async () => {
  database = await createTestDatabase()
  directory = await mkdtemp(path.join(tmpdir(), 'migrations-'))
})
afterEach(async () => {
  await database.drop()
  await rm(directory, { recursive: true })
})

const write = (file: string, sql: string) => writeFile(path.join(directory, file), sql)

function run() {
  const sets = [messagingMigrations, { name: 'test_set', directory }]
  return migrate({ url: database.url, sets, log: silentLog })
}

async function tables(): Promise<readonly unknown[]> {
  const { rows } = await database.db.query(
    `select tablename from pg_tables where schemaname = 'public' order by 1`,
  )
  return rows.map(({ tablename }) => tablename)
}

test('several starters apply each file once', async () => {
  await write('0001_first.sql', 'create table first (id int);')
  const applied = await Promise.all([run(), run(), run()])
  expect(applied.flat().toSorted()).toEqual([
    'messaging/0001_outbox_and_dead_letters',
    'messaging/0002_dead_letter_states',
    'test_set/0001_first',
  ])
  expect(await tables()).toEqual([
    'dead_letter_changes',
    'dead_letters',
    'first',
    'outbox',
    'sagaline_migrations_messaging',
    'sagaline_migrations_test_set',
  ])
})

test('a later file is applied by the next run, an applied one is not', async () => {
  await write('0001_first.sql', 'create table first (id int);')
  await run()
  await write('0002_second.sql', `create table second (data json default '{"a": "{b}"}');`)
  expect(await run()).toEqual(['test_set/0002_second'])
  expect(await run()).toEqual([])
})

test('a set with a broken file leaves nothing behind', async () => {
  await write('0001_first.sql', 'create table first (id int);')
  await write('0002_broken.sql', 'create tabel second (id int);')
  await expect(run()).rejects.toMatchObject({
    code: 'MIGRATION_FAILED',
    details: { set: 'test_set' },
  })
  expect(await tables()).not.toContain('first')
})
