// Retention: parts of the history are made ahead, archived, verified and dropped, and stay where a
// saga in them is still needed. On a real Postgres, with sagas as the engine leaves them.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import { createMetrics } from '../../messaging/metrics.ts'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import { childSagaId } from '../../orchestrator/coordinator/child-id.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { commandId } from '../../orchestrator/engine/command-id.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import { readManifest, writeManifest } from '../../orchestrator/retention/archive-manifest.ts'
import { findArchived } from '../../orchestrator/retention/archived-sagas.ts'
import { dropPart, removeLeftovers } from '../../orchestrator/retention/drop-part.ts'
import { daysAhead, HistoryDays } from '../../orchestrator/retention/history-days.ts'
import { planRetention } from '../../orchestrator/retention/plan-retention.ts'
import { archivePart, archiveRest } from '../../orchestrator/retention/write-archive.ts'
import {
  countDaysAhead,
  findDropped,
  listHistoryParts,
} from '../../orchestrator/store/history-parts.ts'
import { makePastParts } from '../../services/system/past-parts.ts'
import { callCli } from '../cli/call-cli.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'
import { awaitUntil } from '../system/await-until.ts'
import { replied, writeSaga } from '../system/written-sagas.ts'
import { large, small, trip } from './audited-sagas.ts'

const dayMs = 86_400_000
const midnight = Math.floor(Date.now() / dayMs) * dayMs
const definitions = path.join(import.meta.dirname, 'audited-sagas.ts')

let database: TestDatabase
let folder: string

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'orchestrator'])
  folder = await mkdtemp(path.join(tmpdir(), 'sagaline-archive-'))
  await makePastParts(database.db, 6)
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

let number = 0

/** Of a saga that was started so many days ago. */
function idOf(daysAgo: number): SagaId {
  number += 1
  const hex = (midnight - daysAgo * dayMs + number).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000` as SagaId
}

async function write(definition: SagaDefinition, id: SagaId, events: readonly SagaEvent[]) {
  const at = Number.parseInt(id.slice(0, 13).replace('-', ''), 16)
  const started: SagaEvent = { type: 'started', sagaId: id, input: { amount: 7 } }
  const [first = started, ...rest] = events[0]?.type === 'started' ? events : [started, ...events]
  const lived = [first, ...rest].map((event, index) => ({ event, at: at + index * 100 }))
  await writeSaga(database.db, { definition, businessKey: id, events: lived })
  // As long ago as its history, and not when the test wrote it.
  const time = `to_timestamp(${at + 1_000} / 1000.0)`
  await database.db.query(
    `update sagas set updated_at = ${time}, ended_at = case when ended_at is not null then ${time} end
     where id = '${id}'`,
  )
  return id
}

const ok = (id: string, command: string) => replied(id, command, 'succeeded')
const commands = ['a/do', 'b/do', 'pay/do', 'tell/do']

function ended(daysAgo: number) {
  const id = idOf(daysAgo)
  const events = commands.map((command) => ok(id, command))
  return write(trip, id, events)
}

const partOf = async (daysAgo: number) => {
  const day = new Date(midnight - daysAgo * dayMs).toISOString().slice(0, 10)
  const name = `history_${day.replaceAll('-', '_')}`
  const found = (await listHistoryParts(database.db)).find((part) => part.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

const verdicts = async (keepMs = dayMs / 2) => {
  const { parts } = await planRetention(database.db, keepMs)
  return new Map(parts.map((part) => [part.name, part]))
}

const count = async (from: string) =>
  Number((await database.db.query(`select count(*) as n from ${from}`)).rows[0]?.['n'])

const retention = (...more: readonly string[]) =>
  callCli(['retention', '--database', database.url, '--keep', '12h', ...more])

it('the demo closes no part that is closed, as those before midnight are after it', async () => {
  const parts = () => database.db.query('select name, low, high from history_parts order by low')
  const { rows: before } = await parts()
  await makePastParts(database.db, 0)
  expect((await parts()).rows).toEqual(before)
})

it('has a part for each of the days to come, and what came before its part moves there', async () => {
  const { db } = database
  const early = idOf(-daysAhead)
  await write(small, early, [])
  expect(await count('history_rest')).toBe(1)
  const given = { db, clock: realClock, log: silentLog, metrics: createMetrics({ log: silentLog }) }
  const makers = [new HistoryDays(given)]
  for (const maker of makers) maker.start()
  await awaitUntil(
    'all days are there',
    async () => (await countDaysAhead(db, daysAhead)) === daysAhead,
  )
  await Promise.all(makers.map((maker) => maker.stop()))
  expect(await count('history_rest')).toBe(0)
  expect(await count(`history where saga_id = '${early}'`)).toBe(1)
  await db.query(`delete from history where saga_id = '${early}'`)
  await db.query(`delete from timers; delete from sagas where id = '${early}'`)
})

it('goes on where it was cut short, and takes what moved since along', async () => {
  const { db } = database
  const apart = path.join(folder, 'apart')
  const given = { db, folder: apart }
  const [part, first] = [await partOf(2), await ended(2)]
  await ended(2)
  const own = path.join(apart, part.name)
  const half = await archivePart(given, part)
  // As if it had ended before a third one was read.
  await writeManifest(own, { ...half, isWhole: false })
  await ended(2)
  const whole = await archivePart(given, part)
  expect(whole.files.map(({ sagas }) => sagas)).toEqual([2, 1])
  expect(await readManifest(own)).toEqual(whole)
  await db.query(`
    insert into history select saga_id, seq + 1, at, type, status, event, state, facts, batch_id
    from history where saga_id = '${first}' and seq = 5`)
  await db.query(`update sagas set revision = 6 where id = '${first}'`)
  const drop = { db, clock: realClock, onSagas: () => undefined }
  await db.query(`insert into idempotency_keys values ('trip', 'moved', 'hash', '${first}')`)
  const dropped = await dropPart(drop, part, { folder: own, manifest: whole })
  expect(dropped).toEqual({ gone: 2, left: 1 })
  // Else a start that comes again would make a second saga beside the one that stays.
  expect(await removeLeftovers(drop, dayMs)).toMatchObject({ keys: 0 })
  const again = await archiveRest(given, part)
  expect((await findArchived(apart, first))?.revision).toBe(6)
  expect(await dropPart(drop, part, { folder: own, manifest: again })).toEqual({ gone: 1, left: 0 })
  expect(await removeLeftovers(drop, dayMs)).toMatchObject({ keys: 1 })
})

it('waits shortly for the lock, so that others go on, and again until it has it', async () => {
  const { db } = database
  await ended(6)
  const part = await partOf(6)
  const held = db.transaction(async (tx) => {
    await tx.query('lock table history in access share mode')
    await realClock.wait(600)
  })
  const drop = { db, clock: realClock, onSagas: () => undefined }
  const dropping = dropPart(drop, part, null)
  // A start behind the one that waits.
  await ended(0)
  await held
  expect(await dropping).toEqual({ gone: 1, left: 0 })
})

it('says of each day whether it may go, and who holds it', async () => {
  const [living, parent] = [idOf(4), idOf(4)]
  await write(trip, living, [])
  await write(large, parent, [])
  const pair = { sagaId: parent, step: 'child', visit: 1 }
  const command = commandId({ ...pair, direction: 'do' })
  const child = childSagaId(command, midnight - 3 * dayMs + 5)
  const by = { ...pair, commandId: command, attempt: 1, replyTo: 'sagaline.replies' }
  const started: SagaEvent = { type: 'started', sagaId: child, input: { amount: 7 }, parent: by }
  await write(small, child, [started, ok(child, 'a/do')])
  await ended(5)
  await ended(1)
  const found = await verdicts(2 * dayMs)
  const verdictOf = async (ago: number) => found.get((await partOf(ago)).name)
  expect(await verdictOf(5)).toMatchObject({ verdict: 'may-go', sagas: 1, holders: [] })
  expect(await verdictOf(4)).toMatchObject({
    verdict: 'held',
    holders: [{ reason: 'living', sagas: 2, examples: [living, parent] }],
  })
  expect(await verdictOf(3)).toMatchObject({
    verdict: 'held',
    holders: [{ reason: 'living-parent', sagas: 1, examples: [child] }],
  })
  expect(await verdictOf(1)).toMatchObject({ holders: [{ reason: 'ended-lately', sagas: 1 }] })
  const { out } = await retention()
  expect(out).toMatch(/stays: 1 have a saga above them that lives, e\.g\. /)
  expect(out).toContain('nothing was changed')
})

it('archives what may go, drops it, and leaves nothing of it behind', async () => {
  const { db } = database
  const kept = await ended(5)
  await db.query(`insert into idempotency_keys values ('trip', 'k', 'hash', '${kept}')`)
  await db.query(`insert into idempotency_keys values ('trip', 'l', 'hash', '${await ended(0)}')`)
  const part = await partOf(5)
  const before = await count('sagas')
  const refused = await retention('--drop')
  expect(refused.code).toBe(exitCodes.usage)
  const { code, out } = await retention('--archive', folder, '--drop', '--json')
  expect(code).toBe(exitCodes.fine)
  const report = JSON.parse(out).parts.find(({ name }: { name: string }) => name === part.name)
  expect(report).toMatchObject({ archived: { sagas: 2, entries: 10 }, gone: 2, isDropped: true })
  expect(await count(`pg_class where relname = '${part.name}'`)).toBe(0)
  expect(await count('sagas')).toBeLessThanOrEqual(before - 2)
  expect(await count(`history where saga_id = '${kept}'`)).toBe(0)
  expect((await db.query('select key from idempotency_keys')).rows).toEqual([{ key: 'l' }])
  expect(await findDropped(db, [kept, idOf(0)])).toEqual(new Set([kept]))
  const audit = ['audit', '--database', database.url, '--definitions', definitions, '--json']
  // The living ones were due long ago.
  expect(Object.keys(JSON.parse((await callCli(audit)).out).counts)).toEqual(['timer.overdue'])
})

it('opens the archive: lists, shows, verifies and replays', async () => {
  const [from, id] = [['--from', folder], idOf(0)]
  const list = await callCli(['archive', 'list', ...from, '--name', 'trip', '--json'])
  const [first] = JSON.parse(list.out).items
  expect(first).toMatchObject({ name: 'trip', version: 1, status: 'completed' })
  const shown = await callCli(['archive', 'show', first.id, ...from])
  expect(shown.out).toContain('trip@1')
  expect(shown.out).toMatch(/\+400 ms .*pay|tell/)
  const parts = JSON.parse((await callCli(['archive', 'show', first.id, ...from, '--json'])).out)
  expect(parts).toMatchObject({ saga: { id: first.id }, history: { length: 5 } })
  expect((await callCli(['archive', 'show', id, ...from])).code).toBe(exitCodes.refused)
  const verified = await callCli(['archive', 'verify', ...from, '--definitions', definitions])
  expect(verified.out).toContain('verified and replayed')
  expect(verified.out).toContain('no breach')
  expect(verified.code).toBe(exitCodes.fine)
  const bytes = await callCli(['archive', 'verify', ...from, '--json'])
  expect(JSON.parse(bytes.out)).toMatchObject({ parts: 2, sagas: 3, isReplayed: false })
})

it('does not take an archive for whole that was changed or cut off', async () => {
  const name = (await readdir(folder)).find((one) => one.startsWith('history')) ?? ''
  const file = path.join(folder, name, 'part-00001.jsonl.gz')
  const bytes = await readFile(file)
  const verify = () => callCli(['archive', 'verify', '--from', folder])
  const changed = Buffer.from(bytes)
  changed.writeUInt8(changed.readUInt8(20) ^ 1, 20)
  for (const broken of [changed, bytes.subarray(0, -9)]) {
    await writeFile(file, broken)
    const { code, err } = await verify()
    expect(code).not.toBe(exitCodes.fine)
    expect(err).toContain('ARCHIVE_INVALID')
  }
  await writeFile(file, bytes)
  const manifest = path.join(folder, name, 'manifest.json')
  const text = await readFile(manifest, 'utf8')
  await writeFile(manifest, text.replace('"sagas": 2', '"sagas": 3'))
  expect((await verify()).err).toContain('checksum')
  await writeFile(manifest, text)
  expect((await verify()).code).toBe(exitCodes.fine)
})
