// What a consumer rebuilds from the topic `sagaline.events` alone is what Postgres has, also of
// sagas that wait: for signals, for locks, for a person, for another saga, and across versions.
import { Type } from 'typebox'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { defineSaga, defineSignal } from '../../orchestrator/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { deliver, sendGift } from './gift-sagas.ts'
import { holdParcel } from './hold-parcel.ts'
import { lockedParcel } from './locked-parcels.ts'
import { announce, neverMs, Parcel, takeShelf } from './parcels.ts'
import { readTopic, topicTellsAll } from './topic-events.ts'

const paid = defineSignal({ name: 'paid', data: Type.Null() })

/** In the second version a customer has no time without end to pay. */
function paidParcel(version: number, limits: { timeoutMs?: number }): SagaDefinition {
  return defineSaga({
    name: 'paid-parcel',
    version,
    input: Parcel,
    retry: { timeoutMs: neverMs },
    ...(version === 2 && { deadlineMs: 2 * neverMs }),
    steps: [
      { name: 'takeShelf', send: takeShelf },
      { name: 'paying', waitFor: paid, ...limits },
      { name: 'announce', kind: 'retriable', send: announce },
    ],
  })
}

const unlimited = paidParcel(1, {})
const limited = paidParcel(2, { timeoutMs: neverMs })
const locked = lockedParcel()
const before = [holdParcel, deliver, sendGift, locked, unlimited]
const all = [...before, limited]

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start(all)
})
afterEach(() => world.stop())

const definitionOf = (name: string, version: number) =>
  all.find((one) => one.name === name && one.version === version) ?? null

async function start({ client }: RunningOrchestrator, name: string, parcel: string) {
  const { body } = await client.start(name, { parcel })
  return String(body['id'])
}

async function awaitSaga(
  { client }: RunningOrchestrator,
  id: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<void> {
  await awaitUntil(`${id} is ${JSON.stringify(fields)}`, async () => {
    const saga = (await client.saga(id)) as unknown as Readonly<Record<string, unknown>>
    return Object.entries(fields).every(([name, value]) => saga[name] === value)
  })
}

const ann = { actor: 'ann', reason: 'told so' }

async function ok(answer: Promise<{ readonly status: number }>): Promise<void> {
  expect((await answer).status).toBeLessThan(300)
}

/** What the topic says. */
async function told(): Promise<ReadonlySet<string>> {
  const events = [...(await readTopic(world.kafka)).values()].flat()
  return new Set(events.map(({ type }) => type))
}

/** A test that never met them has shown nothing. */
async function expectHardCases(): Promise<void> {
  const types = await told()
  for (const type of ['signal.kept', 'signal.delivered', 'event.held', 'saga.waiting']) {
    expect(types, type).toContain(type)
  }
  for (const type of ['saga.paused', 'saga.resumed', 'saga.migrated', 'saga.revoked']) {
    expect(types, type).toContain(type)
  }
}

/** What the migration set is there. */
async function expectLimits(id: string): Promise<void> {
  const { rows } = await world.sagasDb.query<{ readonly timers: number; readonly due: boolean }>(
    `select json_array_length(snapshot->'timers') as timers,
      snapshot->>'deadlineAt' is not null as due from sagas where id = $1`,
    [id],
  )
  expect(rows).toEqual([{ timers: 1, due: true }])
}

it('sagas that wait, are held, have children, or change their version are rebuilt as they are', async () => {
  const old = await world.startOrchestrator({ definitions: before })
  const early = await start(old, 'hold-parcel', 'collected before it is there')
  await ok(old.client.signal(early, 'collect', { data: { by: 'ann' } }))
  const paused = await start(old, 'hold-parcel', 'held by ann')
  await ok(old.client.tell(paused, 'pause', ann))
  const [first, second] = [
    await start(old, 'ship-parcel', 'k#1'),
    await start(old, 'ship-parcel', 'k#2'),
  ]
  await awaitSaga(old, second, { status: 'waiting' })
  const gift = await start(old, 'send-gift', 'a gift')
  const moving = [
    await start(old, 'paid-parcel', 'paid'),
    await start(old, 'paid-parcel', 'unpaid'),
  ]

  await world.startParcels()
  await awaitSaga(old, early, { status: 'completed' })
  await awaitSaga(old, first, { status: 'completed' })
  await awaitSaga(old, second, { status: 'completed' })
  await awaitSaga(old, gift, { status: 'completed' })
  await awaitUntil('an answer is kept for later', async () => {
    const history = await old.client.history(paused)
    return history.some(({ facts }) => facts.some(({ type }) => type === 'event.held'))
  })
  await ok(old.client.tell(paused, 'resume', ann))
  await awaitSaga(old, paused, { state: 'held' })
  for (const id of moving) await awaitSaga(old, id, { state: 'paying' })
  await old.stop()

  const modern = await world.startOrchestrator({ definitions: all })
  const { body } = await modern.client.migrate('paid-parcel', {
    ...{ from: 1, to: 2, ...ann, dryRun: false },
  })
  expect(body['items']).toMatchObject([
    { migrated: true, reason: expect.stringMatching(/^sets timer .*paying; must end by /) },
    { migrated: true },
  ])
  const [paying = '', unpaid = ''] = moving
  await ok(modern.client.signal(paying, 'paid', { data: null }))
  await awaitSaga(modern, paying, { status: 'completed', version: 2 })
  await awaitSaga(modern, unpaid, { state: 'paying', version: 2 })

  world.parcels.breakDown('parcels.announce', 'refuses')
  const returned = await start(modern, 'send-gift', 'sent back')
  await awaitSaga(modern, returned, { status: 'compensated' })

  // Two of them are children.
  expect(await topicTellsAll(world, definitionOf)).toBe(10)
  await expectHardCases()
  await expectLimits(unpaid)
})
