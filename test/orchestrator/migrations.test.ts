// Living sagas go on with another version: a dry run tells what would become of each, and those
// that can are moved while they are under way, by pages.
import { Type } from 'typebox'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { defineSaga } from '../../orchestrator/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { announce, neverMs, shipParcel, takeShelf } from './parcels.ts'

const first = shipParcel({ loadVan: { attempts: 5, firstDelayMs: neverMs, delayMsMax: neverMs } })

/** Vans are no longer loaded, customers are thanked, and long names are not taken any more. */
const second = defineSaga({
  name: 'ship-parcel',
  version: 2,
  input: Type.Object({ parcel: Type.String({ maxLength: 20 }) }, { additionalProperties: false }),
  retry: { timeoutMs: neverMs },
  steps: [
    { name: 'takeShelf', send: takeShelf },
    { name: 'announce', kind: 'retriable', send: announce },
    { name: 'thank', kind: 'retriable', send: announce },
  ],
})

const shortened: SagaDefinition = {
  ...second,
  migrations: new Map([
    [
      1,
      ({ value, context }) => {
        const { input, replies } = context as { input: { parcel: string }; replies: object }
        return {
          value,
          context: { input: { parcel: input.parcel.slice(0, 20) }, replies } as never,
        }
      },
    ],
  ]),
}

const longName = 'a parcel with a name that is far too long'
const by = { from: 1, to: 2, actor: 'ann', reason: 'no more vans' }

type Item = {
  readonly id: string
  readonly verdict: string
  readonly reason: string | null
  readonly migrated: boolean
}

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start([first])
})
afterEach(() => world.stop())

async function start({ client }: RunningOrchestrator, parcel: string): Promise<string> {
  const { body } = await client.start('ship-parcel', { parcel })
  return String(body['id'])
}

async function migrateAll(
  { client }: RunningOrchestrator,
  options: Readonly<Record<string, unknown>> = {},
): Promise<readonly Item[]> {
  const items: Item[] = []
  let cursor: unknown
  do {
    const page = cursor === undefined ? options : { ...options, cursor }
    const { status, body } = await client.migrate('ship-parcel', { ...by, ...page })
    expect(status, JSON.stringify(body)).toBe(200)
    items.push(...(body['items'] as readonly Item[]))
    cursor = body['nextCursor'] ?? undefined
  } while (cursor !== undefined)
  return items
}

const verdicts = (items: readonly Item[]) =>
  Object.fromEntries(items.map(({ id, verdict }) => [id, verdict]))

async function versionsOf(ids: readonly string[]): Promise<readonly unknown[]> {
  const { rows } = await world.sagasDb.query(
    'select version, definition_hash from sagas where id = any($1) order by id',
    [ids],
  )
  return rows
}

async function awaitEnd({ client }: RunningOrchestrator, id: string): Promise<void> {
  await awaitUntil(`${id} is completed`, async () => (await client.saga(id)).status === 'completed')
}

/** Each entry with the version of its time: the new one from the entry `migrated` on. */
async function replayed(id: string): Promise<Saga | null> {
  type Entry = { readonly event: SagaEvent; readonly at_ms: number }
  const { rows } = await world.sagasDb.query<Entry>(
    `select event, floor(extract(epoch from at) * 1000)::float8 as at_ms
     from history where saga_id = $1 order by seq`,
    [id],
  )
  let definition = first
  let saga: Saga | null = null
  for (const { event, at_ms } of rows) {
    if (event.type === 'migrated') definition = event.to === 2 ? second : first
    saga = advance(definition, saga, event, at_ms).saga
  }
  return saga
}

it('a dry run tells of each saga, and the migration moves those that can, under way', async () => {
  const old = await world.startOrchestrator({ definitions: [first] })
  world.parcels.breakDown('parcels.load-van', 'throws')
  const stopParcels = await world.startParcels()
  const atVan = await start(old, 'at the van')
  await awaitUntil('it has come to the van', async () => {
    const { state, steps } = await old.client.saga(atVan)
    return state === 'loadVan' && steps[1]?.error !== null
  })
  await stopParcels()
  const atShelf = [await start(old, 'at the shelf'), await start(old, 'there too')]
  const tooLong = await start(old, longName)
  await old.stop()

  const modern = await world.startOrchestrator({ definitions: [first, second] })
  const expected = {
    [atVan]: 'impossible',
    ...Object.fromEntries(atShelf.map((id) => [id, 'ok'])),
    [tooLong]: 'needs-map',
  }
  const dry = await migrateAll(modern)
  expect(verdicts(dry)).toEqual(expected)
  expect(dry.every(({ migrated }) => !migrated)).toBe(true)
  expect(new Set((await versionsOf([atVan, ...atShelf, tooLong])).map(versionIn))).toEqual(
    new Set([1]),
  )

  const real = await migrateAll(modern, { dryRun: false, limit: 1 })
  expect(verdicts(real)).toEqual(expected)
  expect(real.filter(({ migrated }) => migrated).map(({ id }) => id)).toEqual(atShelf)
  const pinned = { version: 2, definition_hash: second.hash }
  expect(await versionsOf(atShelf)).toEqual([pinned, pinned])
  expect(Object.keys(verdicts(await migrateAll(modern))).toSorted()).toEqual(
    [atVan, tooLong].toSorted(),
  )

  await world.startParcels()
  for (const id of atShelf) {
    await awaitEnd(modern, id)
    const { steps, version } = await modern.client.saga(id)
    expect(version).toBe(2)
    expect(steps.map(({ name }) => name)).toEqual(['takeShelf', 'announce', 'thank'])
    const facts = (await modern.client.history(id)).flatMap((entry) => entry.facts)
    const detail = { from: 1, to: 2, actor: 'ann', reason: 'no more vans' }
    expect(facts).toContainEqual(expect.objectContaining({ type: 'saga.migrated', detail }))
    expect(await replayed(id)).toMatchObject({
      version: 2,
      status: 'completed',
      revision: (await modern.client.saga(id)).revision,
    })
  }
})

const versionIn = (row: unknown): unknown => (row as { readonly version: number }).version

it('a map brings a saga over; then no process needs the old version any more', async () => {
  const old = await world.startOrchestrator({ definitions: [first] })
  const id = await start(old, longName)
  await old.stop()
  const modern = await world.startOrchestrator({ definitions: [first, shortened] })
  const [item] = await migrateAll(modern, { dryRun: false })
  expect(item).toMatchObject({ id, verdict: 'ok', migrated: true })
  await modern.stop()
  const newest = await world.startOrchestrator({ definitions: [second] })
  await world.startParcels()
  await awaitEnd(newest, id)
  const { rows } = await world.sagasDb.query<{ readonly snapshot: Saga }>(
    'select snapshot from sagas',
  )
  expect(rows[0]?.snapshot.context).toMatchObject({ input: { parcel: longName.slice(0, 20) } })
})

it('a page that finds none among very many rows says where to go on', async () => {
  const old = await world.startOrchestrator({ definitions: [first] })
  const id = await start(old, 'behind many')
  await old.stop()
  await world.sagasDb.query(
    `insert into sagas (id, name, version, definition_hash, status, revision, snapshot, ended_at)
     select ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 'ship-parcel', 1, $1,
       'completed', 1, '{"steps":[]}', clock_timestamp() from generate_series(1, 10000) n`,
    [first.hash],
  )
  const modern = await world.startOrchestrator({ definitions: [first, second] })
  const { body } = await modern.client.migrate('ship-parcel', by)
  expect(body).toEqual({ items: [], nextCursor: expect.any(String) })
  expect(await migrateAll(modern)).toMatchObject([{ id, verdict: 'ok' }])
})

it('a version that is not here, or not everywhere, is refused; a look at it is not', async () => {
  await world.startOrchestrator({ definitions: [first] })
  const modern = await world.startOrchestrator({ definitions: [first, second] })
  const missing = await modern.client.migrate('ship-parcel', { ...by, to: 3 })
  expect(missing.body).toMatchObject({ status: 404, code: 'DEFINITION_UNKNOWN' })
  const nobody = await modern.client.migrate('nobody', by)
  expect(nobody.body).toMatchObject({ status: 404, code: 'SAGA_NAME_UNKNOWN' })
  const early = await modern.client.migrate('ship-parcel', { ...by, dryRun: false })
  expect(early.body).toMatchObject({ status: 503, code: 'DEFINITION_NOT_READY' })
  expect(await migrateAll(modern)).toEqual([])
})

it('a saga whose row somebody holds is said to be so, and can be asked for again', async () => {
  const old = await world.startOrchestrator({ definitions: [first] })
  const id = await start(old, 'held')
  const free = await start(old, 'free')
  await old.stop()
  const modern = await world.startOrchestrator({ definitions: [first, second] })
  await world.sagasDb.transaction(async (tx) => {
    await tx.query('select from sagas where id = $1 for update', [id])
    const items = await migrateAll(modern, { dryRun: false })
    expect(items).toMatchObject([
      { id, verdict: 'ok', migrated: false, reason: expect.stringContaining('Postgres') },
      { id: free, verdict: 'ok', migrated: true },
    ])
  })
  expect(await migrateAll(modern, { dryRun: false })).toMatchObject([{ id, migrated: true }])
})
