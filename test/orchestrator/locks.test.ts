// Semantic locks with everything real: one holder of a key at a time, in the order of arrival,
// released by every way to end, and by no crash lost.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import type { SagaId } from '../../messaging/message.ts'
import { foldStart } from '../../orchestrator/coordinator/fold-start.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { insertSagas } from '../../orchestrator/store/insert-sagas.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { handle, refused, succeeded } from '../../participant/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { Victim } from '../system/crash/crash-chain.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { factsOf } from './history-facts.ts'
import { lockedParcel, usual } from './locked-parcels.ts'
import { announce, loadVan, takeShelf } from './parcels.ts'

const definitions = [usual]

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start(definitions)
})
afterEach(() => world.stop())

type Row = { readonly id: SagaId; readonly status: string; readonly failure: unknown }

async function sagaOf(parcel: string): Promise<Row | undefined> {
  const { rows } = await world.sagasDb.query<Row>(
    `select id, status, snapshot->'failure' as failure from sagas where business_key = $1`,
    [parcel],
  )
  return rows[0]
}

async function awaitStatus(parcel: string, status: string): Promise<Row> {
  return awaitUntil(`${parcel} is ${status}`, async () => {
    const row = await sagaOf(parcel)
    return row?.status === status && row
  })
}

async function start({ client }: RunningOrchestrator, parcel: string): Promise<SagaId> {
  const { status, body } = await client.start('ship-parcel', { parcel })
  expect(status).toBe(202)
  return String(body['id']) as SagaId
}

async function tell({ client }: RunningOrchestrator, id: SagaId, verb: string): Promise<void> {
  const { status } = await client.tell(id, verb, { actor: 'ann', reason: 'told so' })
  expect(status).toBe(202)
}

type Queued = { readonly key: string; readonly saga_id: SagaId }

/** All queues, each in its order. */
async function queues(): Promise<readonly Queued[]> {
  const sql = 'select key, saga_id from locks order by key, position'
  return (await world.sagasDb.query<Queued>(sql)).rows
}

it('of 200 sagas over 5 keys on two orchestrators no two hold one key, and all come in turn', async () => {
  const orchestrators = await Promise.all([
    world.startOrchestrator({ definitions }),
    world.startOrchestrator({ definitions }),
  ])
  const keys = ['a', 'b', 'c', 'd', 'e']
  const parcels = Array.from({ length: 200 }, (_, at) => {
    const own = keys.filter((_, index) => ((at * 2_654_435_761) >>> (index + 7)) % 3 === 0)
    return `${own.length > 0 ? own.join(',') : 'a'}#${at}`
  })
  const chosen = await Promise.all(
    parcels.map((parcel, at) => start(orchestrators[at % 2] ?? orchestrators[0], parcel)),
  )
  const arrival = await queues()
  expect(new Set(arrival.map(({ saga_id }) => saga_id)).size).toBe(chosen.length)

  const inside = new Map<string, string>()
  const met: string[] = []
  const entered: string[] = []
  const keysIn = ({ parcel }: { readonly parcel: string }) =>
    (parcel.split('#')[0] ?? '').split(',')
  await world.startParcels({
    commands: [
      handle(takeShelf, async (_, { payload, sagaId }) => {
        for (const key of keysIn(payload)) {
          if ((inside.get(key) ?? sagaId) !== sagaId)
            met.push(`${sagaId} met ${inside.get(key)} at ${key}`)
          inside.set(key, sagaId)
        }
        entered.push(sagaId)
        return succeeded({ shelf: sagaId })
      }),
      handle(loadVan, async () => succeeded()),
      handle(announce, async (_, { payload }) => {
        for (const key of keysIn(payload)) inside.delete(key)
        return succeeded()
      }),
    ],
  })
  await awaitUntil('all are completed', async () => {
    const { rows } = await world.sagasDb.query<{ readonly count: number }>(
      `select count(*)::int as count from sagas where status = 'completed'`,
    )
    return rows[0]?.count === chosen.length
  })
  expect(met).toEqual([])
  const turns = new Map(entered.map((id, turn) => [id, turn]))
  for (const key of keys) {
    const queue = arrival.filter((one) => one.key === key).map(({ saga_id }) => turns.get(saga_id))
    expect(queue.length).toBeGreaterThan(20)
    expect(queue, key).toEqual(queue.toSorted((a, b) => (a ?? 0) - (b ?? 0)))
  }
  expect(await queues()).toEqual([])
}, 120_000)

it('shows who holds and who waits, and what a saga asked for', async () => {
  const one = await world.startOrchestrator({ definitions })
  const ids = [await start(one, 'a,b#1'), await start(one, 'b#2')]
  const response = await fetch(`${one.url}/locks?key=b`)
  expect(await response.json()).toMatchObject({
    items: [
      { key: 'b', sagaId: ids[0], isHolder: true },
      { key: 'b', sagaId: ids[1], isHolder: false },
    ],
    nextCursor: null,
  })
  expect(await one.client.saga(ids[1] ?? '')).toMatchObject({ status: 'waiting', locks: ['b'] })
  expect(await one.client.saga(ids[0] ?? '')).toMatchObject({
    status: 'running',
    locks: ['a', 'b'],
  })
})

it('a repeated start with its key waits once', async () => {
  const one = await world.startOrchestrator({ definitions })
  await start(one, 'a#holder')
  const ask = () => one.client.start('ship-parcel', { parcel: 'a#again' }, { key: 'k' })
  const answers = await Promise.all([ask(), ask(), ask()])
  answers.push(await ask())
  expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(1)
  expect(answers.filter(({ body }) => body['isNew'])).toHaveLength(1)
  expect(await queues()).toHaveLength(2)
})

it('are released by compensation', async () => {
  const one = await world.startOrchestrator({ definitions })
  world.parcels.breakDown('parcels.load-van', 'refuses')
  await start(one, 'a#first')
  await start(one, 'a#second')
  await world.startParcels()
  await awaitStatus('a#first', 'compensated')
  await awaitStatus('a#second', 'compensated')
  expect(await queues()).toEqual([])
})

it('are released by a saga that is terminated, and by one that is cancelled while it waits', async () => {
  const one = await world.startOrchestrator({ definitions })
  const first = await start(one, 'a#first')
  const second = await start(one, 'a#second')
  await start(one, 'a#third')
  await tell(one, second, 'cancel')
  await awaitStatus('a#second', 'compensated')
  expect((await sagaOf('a#third'))?.status).toBe('waiting')
  await tell(one, first, 'terminate')
  await awaitStatus('a#third', 'running')
  expect((await queues()).map(({ saga_id }) => saga_id)).toEqual([(await sagaOf('a#third'))?.id])
})

it('are kept by a stuck saga, until it is abandoned', async () => {
  const one = await world.startOrchestrator({ definitions })
  await world.startParcels({
    commands: [
      handle(takeShelf, async () => succeeded({ shelf: 's' })),
      handle(loadVan, async () => succeeded()),
      handle(announce, async () => refused('never')),
    ],
  })
  const first = await start(one, 'a#first')
  await start(one, 'a#second')
  await awaitStatus('a#first', 'stuck')
  expect((await sagaOf('a#second'))?.status).toBe('waiting')
  expect(await queues()).toHaveLength(2)
  await tell(one, first, 'abandon')
  await awaitStatus('a#second', 'stuck')
  expect(await queues()).toHaveLength(1)
})

it('a saga that waits for too long ends without having done anything, and holds up nobody', async () => {
  const impatient = [lockedParcel(6_000)]
  const one = await world.startOrchestrator({ definitions: impatient })
  await start(one, 'a#holder')
  // Holds `b` while it waits for `a`; the next in line for `b` gets it when it gives up.
  await start(one, 'a,b#loser')
  const since = performance.now()
  // So long the loser has to give up before the next one does so, too.
  await awaitUntil('half of its time is over', () => performance.now() > since + 3_000)
  await start(one, 'b#next')
  const loser = await awaitStatus('a,b#loser', 'compensated')
  expect(loser.failure).toMatchObject({ reason: 'its locks were not free in time' })
  expect((await factsOf(world.sagasDb, loser.id)).filter((fact) => fact.includes('sent'))).toEqual(
    [],
  )
  await awaitStatus('b#next', 'running')
  expect(await queues()).not.toContainEqual({ key: 'b', saga_id: loser.id })
  expect((await sagaOf('a#holder'))?.status).toBe('running')
})

it('a start for later queues when its time comes', async () => {
  const id = '0198c5a0-0000-7000-8000-0000000000aa' as SagaId
  const now = Date.now()
  const started = {
    type: 'started',
    sagaId: id,
    input: { parcel: 'a#later' },
    startAt: now + 500,
  } as const
  const later = foldStart(usual, [started], { now, businessKey: 'a#later' })
  const key = { key: null, bodyHash: null, businessKey: 'a#later' }
  const nothing = { correlationId: null, attributes: {} }
  const row = { ...later, ...key, ...nothing, definitionHash: usual.hash }
  await insertSagas(world.sagasDb, {
    batchId: '0198c5a0-0000-7000-8000-0000000000ab',
    sagas: [row],
    rows: createRowCipher(createRegistry(definitions), noKeys),
  })
  expect(await queues()).toEqual([])
  const one = await world.startOrchestrator({ definitions })
  await awaitStatus('a#later', 'running')
  await start(one, 'a#after')
  expect((await sagaOf('a#after'))?.status).toBe('waiting')
  await world.startParcels()
  await awaitStatus('a#after', 'completed')
})

it('the next one gets its lock although the orchestrator of the holder dies as that one ends', async () => {
  await world.startParcels()
  // Of a lone holder: the three replies of its steps, the last of which ends it.
  const crashing = new Victim({
    program: 'test/system/crashing-orchestrator.ts',
    environment: {
      DATABASE_URL: world.sagasUrl,
      KAFKA_BROKERS: workerBrokers().join(','),
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      SAGALINE_DEFINITIONS: 'test/orchestrator/locked-parcels.ts',
      PORT: '0',
      LOG_LEVEL: 'warn',
    },
  })
  try {
    const point = 'advance.after-commit-before-publish'
    const url = await crashing.start({ point, nth: 3, lacks: [] })
    for (const parcel of ['a#holder', 'a#next']) {
      await fetch(`${url}/sagas/ship-parcel`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ parcel }),
      })
    }
    await crashing.ended
  } finally {
    await crashing.kill()
  }
  expect((await sagaOf('a#holder'))?.status).toBe('completed')
  expect((await sagaOf('a#next'))?.status).toBe('waiting')
  await world.startOrchestrator({ definitions })
  await awaitStatus('a#next', 'completed')
})
