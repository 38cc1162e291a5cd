// Dead letters of real sagas: poison holds up its own saga alone, and replayed after the cause is
// gone it lets that saga end, whoever is killed on the way. On real Kafka and Postgres.
import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { Db } from '../../messaging/db.ts'
import { readCliConfig } from '../../orchestrator/cli/config.ts'
import { handle, succeeded } from '../../participant/index.ts'
import { callCli } from '../cli/call-cli.ts'
import { listDeadLetters } from '../messaging/list-dead-letters.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, enginePartitions, type RunningOrchestrator } from './engine-world.ts'
import { loadVan, parcelsService, parcelsTopic, shipParcel } from './parcels.ts'

const definitions = [shipParcel()]
const by = ['--actor', 'ann', '--reason', 'mended']
const checkout = path.join(import.meta.dirname, '../..')

let world: EngineWorld
let orchestrator: RunningOrchestrator
const children: ChildProcess[] = []

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
})
afterAll(() => world.stop())
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

const start = async (parcel: string) =>
  String((await orchestrator.client.start('ship-parcel', { parcel })).body['id'])

const statusOf = async (id: string) => (await orchestrator.client.saga(id)).status

const untilEnded = (sagas: readonly string[]) =>
  awaitUntil('all have completed', async () => {
    const statuses = await Promise.all(sagas.map(statusOf))
    return statuses.every((status) => status === 'completed')
  })

async function statesOf(db: Db): Promise<Readonly<Record<string, number>>> {
  const { rows } = await db.query<{ state: string; count: number }>(
    'select state, count(*)::int as count from dead_letters group by state',
  )
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

/** A release of the service that does not know the command yet. */
const withoutVan = () => {
  const commands = world.parcels.handlers.filter(({ contract }) => contract !== loadVan)
  return world.startParcels({ commands })
}

/** Loads vans and notes each in a row, which nothing keeps from being there twice. */
async function startLoading(): Promise<() => Promise<void>> {
  await world.parcelsDb.query('create table loads (command_id text not null)')
  const noting = handle(loadVan, async (tx, { id }) => {
    await tx.query('insert into loads values ($1)', [id])
    return succeeded()
  })
  const others = world.parcels.handlers.filter(({ contract }) => contract !== loadVan)
  return world.startParcels({ commands: [...others, noting] })
}

async function countLoads(): Promise<{ readonly all: number; readonly different: number }> {
  const { rows } = await world.parcelsDb.query<{ all: number; different: number }>(
    `select count(*)::int as all, count(distinct command_id)::int as different from loads`,
  )
  return rows[0] ?? { all: 0, different: 0 }
}

const untilAllReplayed = () =>
  awaitUntil('Kafka has them', async () => {
    const states = await statesOf(world.parcelsDb)
    return states['replayed'] === 150
  })

it('a bulk replay that is killed in the middle is gone on with, and no step is done twice', async () => {
  const stopOld = await withoutVan()
  const sagas = await Promise.all(Array.from({ length: 150 }, (_, at) => start(`bulk ${at}`)))
  await awaitUntil(
    'all are parked',
    async () => (await statesOf(world.parcelsDb))['parked'] === 150,
  )
  await stopOld()
  const stopLoading = await startLoading()
  const dlq = ['dlq', 'replay', '--database', world.parcelsUrl, '--code', 'COMMAND_UNKNOWN', ...by]
  const dry = await callCli(dlq)
  expect(dry.err).toContain('150 would be replayed')
  expect(await statesOf(world.parcelsDb)).toEqual({ parked: 150 })
  // Its second page waits for a row that is held here, and there it is killed.
  await world.parcelsDb.transaction(async (tx) => {
    await tx.query('select 1 from dead_letters order by id desc limit 1 for update')
    const cli = path.join(checkout, 'orchestrator/cli/main.ts')
    const child = spawn(process.execPath, [cli, ...dlq, '--yes'], { cwd: checkout })
    children.push(child)
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGKILL')
    await new Promise((resolve) => child.once('close', resolve))
  })
  expect((await statesOf(world.parcelsDb))['parked']).toBe(50)
  const rest = await callCli([...dlq, '--yes'])
  expect(rest).toMatchObject({ code: 0, err: '50 replayed' })
  await untilEnded(sagas)
  expect((await callCli([...dlq, '--yes'])).err).toBe('0 replayed')
  await untilAllReplayed()
  expect(await countLoads()).toEqual({ all: 150, different: 150 })
  // Commands that were carried out long ago are sent once more.
  const { rows } = await world.parcelsDb.query<{ id: string }>(
    'select id::text from dead_letters order by id limit 3',
  )
  const again = [
    'dlq',
    'replay',
    ...rows.map(({ id }) => id),
    '--database',
    world.parcelsUrl,
    ...by,
  ]
  expect((await callCli(again)).code).toBe(0)
  await untilAllReplayed()
  await awaitUntil('they have come', async () => {
    return (await world.kafka.lag(parcelsService, [parcelsTopic])) === 0
  })
  expect(await countLoads()).toEqual({ all: 150, different: 150 })
  await stopLoading()
}, 120_000)

it('poison holds up its own saga and nobody behind it; edited and replayed it lets it end', async () => {
  world.parcels.breakDown('parcels.load-van', 'throws')
  const stop = await world.startParcels({
    attempts: 1_000,
    backoff: { initialMs: 100, maxMs: 100 },
  })
  const waiting = await start('waits for its van')
  const tried = () => world.parcels.ran.some((id) => id.startsWith(waiting) && /loadVan/.test(id))
  await awaitUntil('the van is asked for', tried)
  await stop()
  world.parcels.mend('parcels.load-van')
  // A reply that nobody can read, on every partition; the true command is still in its topic.
  const commandId = `${waiting}/loadVan/do/1`
  const headers = {
    ...{ ce_specversion: '1.0', ce_id: `${commandId}/reply`, ce_source: 'stranger' },
    ...{ ce_type: 'parcels.load-van.succeeded', 'content-type': 'application/json' },
    ...{ ce_sagaid: waiting, ce_causationid: commandId, ce_outcome: 'done', ce_attempt: '1' },
  }
  const value = Buffer.from('null')
  for (let partition = 0; partition < enginePartitions; partition += 1) {
    await world.kafka.write({ topic: 'sagaline.replies', partition, key: waiting, value, headers })
  }
  await awaitUntil('all are parked', async () => (await statesOf(world.sagasDb))['parked'] === 4)
  expect(await statusOf(waiting)).toBe('running')
  const letters = await listDeadLetters(world.sagasDb, { limit: 10 })
  const [first, ...others] = letters.map(({ id }) => String(id))
  const url = ['--url', orchestrator.url]
  const edit = ['dlq', 'edit', String(first), '--header', 'ce_outcome=succeeded', ...by, ...url]
  expect((await callCli(edit)).out).toContain('edited header  ce_outcome: succeeded')
  expect((await callCli(['dlq', 'replay', String(first), ...by, ...url])).code).toBe(0)
  await awaitUntil('the saga has its reply', async () => {
    const { steps } = await orchestrator.client.saga(waiting)
    return steps.find(({ name }) => name === 'loadVan')?.outcome === 'done'
  })
  // Sent again it is the answer to something that is no longer awaited.
  expect((await callCli(['dlq', 'replay', String(first), ...by, ...url])).code).toBe(0)
  expect((await callCli(['dlq', 'discard', ...others, ...by, ...url])).code).toBe(0)
  await world.startParcels()
  const behind = await start('behind it')
  await untilEnded([waiting, behind])
  expect(await statesOf(world.sagasDb)).toEqual({ replayed: 1, discarded: 3 })
  const announced = world.parcels.ran.filter((id) => id.startsWith(`${waiting}/announce/`))
  expect(announced).toHaveLength(1)
}, 120_000)

it('the command line tells what it may not do, and where it cannot reach', async () => {
  const place = ['--database', world.sagasUrl]
  const codes = async (...words: readonly string[]) => (await callCli(['dlq', ...words])).code
  expect(await codes('show', '999999', ...place)).toBe(1)
  expect(await codes('show', '999999', '--url', orchestrator.url)).toBe(1)
  expect(await codes('replay', '1', ...place)).toBe(2)
  const config = () => ({
    ...readCliConfig(),
    url: orchestrator.url,
    actor: 'ann',
    databaseUrl: null,
  })
  const settings = ['dlq', 'show', '999999', '--json']
  expect((await callCli(settings, { config })).err).toContain('LETTER_NOT_FOUND')
  const unnamed = ['dlq', 'discard', '999999', '--reason', 'why']
  expect((await callCli(unnamed, { config })).err).toContain('LETTER_NOT_FOUND')
  expect(await codes('replay', 'one', ...place, ...by)).toBe(2)
  expect(await codes('list', ...place, '--state', 'lost')).toBe(2)
  expect(await codes('list', ...place, '--url', orchestrator.url)).toBe(2)
  expect(await codes('list', '--url', 'http://127.0.0.1:9')).toBe(3)
  const list = await callCli(['dlq', 'list', ...place, '--topic', parcelsTopic])
  expect(list).toMatchObject({ code: 0, out: 'no dead letters' })
  const all = await callCli(['dlq', 'list', '--url', orchestrator.url, '--limit', '1', '--json'])
  const { items, nextCursor } = JSON.parse(all.out)
  expect(items).toHaveLength(1)
  const more = ['dlq', 'list', '--url', orchestrator.url, '--cursor', nextCursor, '--json']
  expect(JSON.parse((await callCli(more)).out).items).toHaveLength(3)
})
