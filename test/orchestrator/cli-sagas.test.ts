// The command line against a running orchestrator, with real Kafka and Postgres: sagas are started,
// found, shown, followed, steered one by one and by filter; and it says how to mend what is wrong.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { exitCodes } from '../../orchestrator/cli/command.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { callCli } from '../cli/call-cli.ts'
import { runBinary } from '../cli/run-binary.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { holdParcel } from './hold-parcel.ts'
import { announce, Parcel, shipParcel, takeShelf } from './parcels.ts'

const tally = (version: number) =>
  defineSaga({
    name: 'tally-parcel',
    version,
    input: Parcel,
    steps: [
      { name: 'takeShelf', send: takeShelf },
      { name: 'announce', kind: 'retriable', send: announce },
    ],
  })
const definitions = [holdParcel, shipParcel({ undo: { attempts: 1 } }), tally(1), tally(2)]
const why = ['--reason', 'the van is mended', '--actor', 'ada']

let world: EngineWorld
let orchestrator: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels({ attempts: 1 })
})
afterAll(() => world.stop())
beforeEach(() => {
  for (const command of ['load-van', 'clear-shelf', 'announce'] as const)
    world.parcels.mend(`parcels.${command}`)
})

const cli = (...words: readonly string[]) => callCli([...words, '--url', orchestrator.url])

async function json(...words: readonly string[]) {
  const { code, out, err } = await cli(...words, '--json')
  if (out === '') throw new Error(err)
  return { code, document: JSON.parse(out) as Record<string, unknown> }
}

const input = (parcel: string) => JSON.stringify({ parcel })

async function startHeld(): Promise<{ readonly id: string; readonly parcel: string }> {
  const parcel = randomUUID()
  const { document } = await json('start', 'hold-parcel', input(parcel))
  const id = String(document['id'])
  await awaitUntil('it waits on its shelf', async () => {
    return (await orchestrator.client.saga(id))['state'] === 'held'
  })
  return { id, parcel }
}

async function startStuck(parcel = randomUUID()): Promise<string> {
  world.parcels.breakDown('parcels.load-van', 'refuses')
  world.parcels.breakDown('parcels.clear-shelf', 'refuses')
  const { code, document } = await json('start', 'ship-parcel', input(parcel), '--wait', '1')
  expect([exitCodes.refused, exitCodes.unreachable]).toContain(code)
  const id = String(document['id'])
  await statusOf(id, 'stuck')
  world.parcels.mend('parcels.clear-shelf')
  return id
}

const statusOf = (id: string, status: string) =>
  awaitUntil(
    `${id} is ${status}`,
    async () => (await orchestrator.client.saga(id)).status === status,
  )

async function searchable(ids: readonly string[], status: string): Promise<void> {
  await awaitUntil('the read model has them', async () => {
    const { rowCount } = await world.sagasDb.query(
      'select 1 from saga_search where saga_id = any($1::uuid[]) and status = $2',
      [ids, status],
    )
    return rowCount === ids.length
  })
}

it('starts a saga and stays until it has completed, and the same key starts it once', async () => {
  const words = ['start', 'ship-parcel', input(randomUUID()), '--idempotency-key', randomUUID()]
  const first = await json(...words, '--wait', '30')
  expect(first).toMatchObject({ code: exitCodes.fine, document: { status: 'completed' } })
  const again = await cli(...words)
  expect(again.out).toContain(String(first.document['id']))
  expect(again.out).toContain('was there already')
})

it('ends with 1 when the saga is undone instead', async () => {
  world.parcels.breakDown('parcels.load-van', 'refuses')
  const { code, out } = await cli('start', 'ship-parcel', input(randomUUID()), '--wait', '30')
  expect(code).toBe(exitCodes.refused)
  expect(out).toMatch(/compensated +loadVan: not today/)
})

it('shows a saga with its timeline, and what can be done with it', async () => {
  const id = await startStuck()
  const shown = await cli('show', id)
  expect(shown.out).toMatch(new RegExp(`ship-parcel@1 ${id} {2}stuck`))
  for (const line of [
    /stuck +undo of takeShelf: not today/,
    /takeShelf +█+/,
    /↩ takeShelf +█+/,
    /loadVan +refused +\d+.* m?s +not today/,
    /retry +→ compensating, sends takeShelf undo/,
    /skip --step takeShelf --effect done/,
  ]) {
    expect(shown.out).toMatch(line)
  }
  const { document } = await json('show', id)
  expect(document).toMatchObject({ saga: { id, status: 'stuck' }, verbs: expect.any(Array) })
  expect((document['history'] as readonly unknown[]).length).toBeGreaterThan(3)
})

it('says what a verb would do, does it, and says what is refused', async () => {
  const id = await startStuck()
  const dry = await cli('retry', id, '--dry-run')
  expect(dry.out).toMatch(new RegExp(`${id} +acts +compensating +takeShelf undo`))
  expect((await orchestrator.client.saga(id)).status).toBe('stuck')
  expect((await cli('retry', id)).err).toContain('--reason must say why')
  const other = randomUUID()
  const told = await cli('retry', id, other, ...why)
  expect(told).toMatchObject({ code: exitCodes.refused })
  expect(told.out).toContain(id)
  expect(told.err).toContain('SAGA_NOT_FOUND')
  await statusOf(id, 'compensated')
  const [one, two] = [randomUUID(), randomUUID()]
  const twice = await cli('retry', one, two, id, ...why)
  expect(twice.err.match(/SAGA_NOT_FOUND/g)).toHaveLength(2)
  expect([twice.err.split(one).length, twice.err.split(two).length]).toEqual([2, 2])
  const late = await cli('pause', id, ...why)
  expect(late).toMatchObject({ code: exitCodes.refused })
  expect(late.err).toContain('SAGA_ENDED')
})

it.each([
  ['pause', 'paused'],
  ['resume', 'running'],
  ['cancel', 'compensated'],
])('%s does what REST does, and keeps who did it', async (verb, status) => {
  const { id } = await startHeld()
  if (verb === 'resume') await cli('pause', id, ...why)
  expect(await cli(verb, id, ...why)).toMatchObject({ code: exitCodes.fine })
  await statusOf(id, status)
  const { out } = await cli('show', id)
  expect(out).toContain('ada')
})

it('goes past a parked step, gives up, and ends at once', async () => {
  const [skipped, abandoned, terminated] = [
    await startStuck(),
    await startStuck(),
    await startStuck(),
  ]
  const skip = await cli('skip', skipped, '--step', 'takeShelf', '--effect', 'done', ...why)
  expect(skip).toMatchObject({ code: exitCodes.fine })
  await cli('abandon', abandoned, ...why)
  await cli('terminate', terminated, ...why)
  for (const [id, status] of [
    [skipped, 'compensated'],
    [abandoned, 'abandoned'],
    [terminated, 'terminated'],
  ] as const) {
    await statusOf(id, status)
  }
})

it('sends a signal by id, and a person’s answer by the business key', async () => {
  const [one, other] = [await startHeld(), await startHeld()]
  const collect = await cli('signal', 'collect', '{"by":"bob"}', '--id', one.id)
  expect(collect).toMatchObject({ code: exitCodes.fine, out: `${one.id}  delivered` })
  const place = ['--saga', 'hold-parcel', '--key', other.parcel, '--actor', 'ann']
  const signed = await cli('signal', 'sign-off', '{"approved":true}', ...place)
  expect(signed.out).toContain(other.id)
  await statusOf(one.id, 'completed')
  await statusOf(other.id, 'completed')
  const wrong = await cli('signal', 'collect', '{"by":7}', '--id', one.id)
  expect(wrong).toMatchObject({ code: exitCodes.refused })
})

it('lists by filter, page by page, and the ids alone for other programs', async () => {
  const parcel = randomUUID()
  const ids: string[] = []
  for (let at = 0; at < 3; at += 1) {
    ids.push(String((await json('start', 'hold-parcel', input(parcel))).document['id']))
  }
  await searchable(ids, 'running')
  const filter = ['list', '--correlation', `order of ${parcel}`, '--status', 'running']
  const table = await cli(...filter)
  for (const id of ids) expect(table.out).toMatch(new RegExp(`${id} +hold-parcel@\\d+ +running`))
  const first = await cli(...filter, '--limit', '2')
  const cursor = /more: --cursor (\S+)/.exec(first.err)?.[1] ?? ''
  expect((await cli(...filter, '--cursor', cursor, '--ids')).out).toBe(ids[0])
  const all = await cli(...filter, '--limit', '1', '--all', '--ids')
  expect(all.out.split('\n').sort()).toEqual(ids.sort())
  const counts = await json('count', '--name', 'hold-parcel')
  expect(counts.document['byStatus']).toMatchObject({ running: expect.any(Number) })
  expect((await cli('list', '--status', 'gone')).err).toContain('--status must be one of')
})

it('a verb by filter is a dry run first, then a job that is followed to its end', async () => {
  const parcel = randomUUID()
  const ids = [await startStuck(parcel), await startStuck(parcel)]
  await searchable(ids, 'stuck')
  const filter = ['retry', '--status', 'stuck', '--key', parcel]
  const dry = await cli(...filter)
  expect(dry.out).toContain('2 sagas fit; nothing was done. --yes does it')
  expect((await orchestrator.client.saga(ids[0] ?? '')).status).toBe('stuck')
  const done = await json(...filter, ...why, '--yes', '--per-second', '50')
  expect(done).toMatchObject({ code: exitCodes.fine, document: { counts: { done: 2 }, total: 2 } })
  for (const id of ids) await statusOf(id, 'compensated')
  const job = String(done.document['id'])
  expect((await cli('bulk', 'list')).out).toContain(job)
  expect((await cli('bulk', 'show', job)).out).toMatch(/came to +2 of 2: 2 done/)
  expect((await cli('bulk', 'cancel', job, ...why)).out).toContain('done')
})

it('sagas that refuse a job are named with their reason, and it ends with 1', async () => {
  const { id, parcel } = await startHeld()
  await searchable([id], 'running')
  const told = await cli('retry', '--key', parcel, '--status', 'running', ...why, '--yes')
  expect(told).toMatchObject({ code: exitCodes.refused })
  const job = /bulk show (\S+)/.exec(told.err)?.[1] ?? ''
  expect((await cli('bulk', 'show', job)).out).toMatch(
    new RegExp(`${id} +hold-parcel +SAGA_NOT_STUCK`),
  )
})

it('follows one saga until its end, and all of them until it is interrupted', async () => {
  const { id } = await startHeld()
  const interruption = new AbortController()
  const heard: string[] = []
  const all = callCli(['tail', '--json', '--url', orchestrator.url], {
    interrupted: () => interruption.signal,
    onOut: (text) => void heard.push(text),
  })
  await awaitUntil('it listens', () => heard.length > 0)
  const one = cli('tail', id)
  await cli('signal', 'collect', '{"by":"bob"}', '--id', id)
  const told = await one
  expect(told.code).toBe(exitCodes.fine)
  expect(told.out).toMatch(/running +takeShelf sent/)
  expect(told.out).toMatch(/completed +completed$/m)
  const { revision } = await orchestrator.client.saga(id)
  expect(await cli('tail', id, '--after', String(revision))).toMatchObject({ code: 0, out: '' })
  await awaitUntil('the other one heard of it', () => heard.some((text) => text.includes(id)))
  interruption.abort()
  expect((await all).code).toBe(exitCodes.fine)
})

it('says that no log lines are kept: the call was right, and there is nothing', async () => {
  const { code, err } = await cli('logs', (await startHeld()).id)
  expect([code, err]).toEqual([exitCodes.refused, expect.stringContaining('LOGS_NOT_KEPT')])
})

it('lets living sagas go on with another version, after a dry run', async () => {
  world.parcels.breakDown('parcels.announce', 'throws')
  const started = await json('start', 'tally-parcel', input(randomUUID()))
  const id = String(started.document['id'])
  await awaitUntil('it stands at its last step', async () => {
    return (await orchestrator.client.saga(id)).steps[1]?.name === 'announce'
  })
  const words = ['migrate', 'sagas', 'tally-parcel', '--from', '2', '--to', '1']
  const dry = await cli(...words)
  expect(dry).toMatchObject({ code: exitCodes.fine })
  expect(dry.out).toContain('1 of 1 sagas can go on with it; --yes does it')
  const done = await json(...words, ...why, '--yes')
  expect(done.document).toMatchObject({ dryRun: false, ok: 1, items: [{ id, migrated: true }] })
  expect(await orchestrator.client.saga(id)).toMatchObject({ version: 1 })
  const unknown = await cli('migrate', 'sagas', 'tally-parcel', '--from', '1', '--to', '9')
  expect(unknown).toMatchObject({ code: exitCodes.refused })
})

it('measures how long sagas take', async () => {
  const template = '{"parcel":"bench-{n}"}'
  const words = ['bench', 'ship-parcel', template, '--count', '6', '--in-flight', '3']
  const { code, document } = await json(...words)
  expect(code).toBe(exitCodes.fine)
  expect(document).toMatchObject({ sagas: 6, inFlight: 3, outcomes: { completed: 6 } })
  expect((await cli('bench', 'no-such-saga')).err).toContain('SAGA_NAME_UNKNOWN')
})

it('completes names and ids that the orchestrator has', async () => {
  const { id } = await startHeld()
  await searchable([id], 'running')
  const env = { SAGALINE_URL: orchestrator.url }
  const complete = async (...words: readonly string[]) =>
    (await runBinary(['complete', '--', ...words], { env })).out.trim().split('\n')
  // Where an orchestrator is slow to answer, nothing is offered.
  const isOffered = async (words: readonly string[], only: string) => {
    const offered = await complete(...words)
    return offered.length === 1 && offered[0] === only
  }
  await awaitUntil('the name', () => isOffered(['start', 'hold'], 'hold-parcel'))
  await awaitUntil('the id', () => isOffered(['show', id.slice(0, -1)], id))
})

it('as a process: the input from standard input, no colours in a pipe, codes at the end', async () => {
  const words = ['start', 'ship-parcel', '--file', '-', '--wait', '30', '--url', orchestrator.url]
  const started = await runBinary(words, { input: input(randomUUID()), env: { FORCE_COLOR: '1' } })
  expect(started).toMatchObject({ code: exitCodes.fine, err: '' })
  expect(started.out).toMatch(/^\S+ +ship-parcel@1 +completed\n$/)
  const nowhere = await runBinary(['list', '--url', 'http://127.0.0.1:1'])
  expect(nowhere.code).toBe(exitCodes.unreachable)
  expect(nowhere.err).toMatch(/REST_UNREACHABLE.*\n.*`sagaline dev` starts one/)
})
