// Finding sagas by what their definition says of them, and starting them for later: over REST,
// and over Kafka with a service's own transaction.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SagaStatus } from '../../orchestrator/engine/saga.ts'
import { startSaga } from '../../participant/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { holdParcel } from './hold-parcel.ts'
import { parcelsService, shipParcel } from './parcels.ts'

/** Its search keys come from the name of the parcel, so that a test can break them. */
const searched = {
  ...holdParcel,
  attributes: (input: unknown) => {
    const { parcel } = input as { readonly parcel: string }
    if (parcel === 'too many') {
      return Object.fromEntries(Array.from({ length: 33 }, (_, at) => [`a${at}`, at]))
    }
    if (parcel === 'colon') return { 'a:b': 1 }
    if (parcel === 'long') return { a: 'x'.repeat(501) }
    if (parcel === 'list') return { a: [1] as unknown as string }
    return holdParcel.attributes(input)
  },
}
const definitions = [searched, shipParcel()]

let world: EngineWorld
let orchestrator: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels({ attempts: 1 })
})
afterAll(() => world.stop())

async function idsAt(query: string): Promise<readonly string[]> {
  const { status, body } = await orchestrator.client.get(`/sagas?${query}`)
  expect(status).toBe(200)
  return (body['items'] as readonly { readonly id: string }[]).map(({ id }) => id)
}

/** Once the read model has followed. */
async function awaitIds(query: string, ids: readonly string[]): Promise<void> {
  await awaitUntil(`${query} finds ${ids}`, async () => `${await idsAt(query)}` === `${ids}`)
}

async function start(parcel: string, name = 'hold-parcel'): Promise<string> {
  const { body } = await orchestrator.client.start(name, { parcel })
  return String(body['id'])
}

async function awaitStatus(id: string, status: SagaStatus) {
  return awaitUntil(`saga ${id} is ${status}`, async () => {
    const saga = await orchestrator.client.saga(id)
    return saga.status === status && saga
  })
}

describe('a search', () => {
  it('finds sagas by correlation id and by attributes, all of which must fit', async () => {
    const glass = await start('glass one')
    const wood = await start('wood pile')
    expect(await idsAt('correlationId=order%20of%20glass%20one')).toEqual([glass])
    await awaitIds('attribute=parcel:glass%20one', [glass])
    await awaitIds('attribute=letters:9', [wood, glass])
    await awaitIds('attribute=letters:9&attribute=isFragile:true', [glass])
    expect(await idsAt('attribute=letters:9&attribute=isFragile:maybe')).toEqual([])
    expect(await idsAt('attribute=letters:9&name=ship-parcel')).toEqual([])
    expect(await idsAt('attribute=letters:9&businessKey=wood%20pile&status=running')).toEqual([
      wood,
    ])
  })

  it('goes through its pages by the cursor', async () => {
    const ids = [await start('page one'), await start('page two'), await start('page six')]
    await awaitIds('attribute=letters:8', ids.toReversed())
    const first = await orchestrator.client.get('/sagas?attribute=letters:8&limit=2')
    const cursor = String(first.body['nextCursor'])
    const found = await idsAt(`attribute=letters:8&limit=2&cursor=${cursor}`)
    expect(found).toEqual(ids.slice(0, 1))
  })

  it('finds the children of a saga', async () => {
    const [child, parent] = [await start('a child'), randomUUID()]
    await world.sagasDb.query('update sagas set parent_id = $2 where id = $1', [child, parent])
    expect(await idsAt(`parentId=${parent}`)).toEqual([child])
    expect(await idsAt(`parentId=${randomUUID()}`)).toEqual([])
  })

  it('shows what a saga is found by, and nothing where there is nothing', async () => {
    const saga = await orchestrator.client.saga(await start('glass two'))
    expect(saga).toMatchObject({
      correlationId: 'order of glass two',
      attributes: { parcel: 'glass two', letters: '9', isFragile: 'true' },
      parentId: null,
    })
    const plain = await orchestrator.client.saga(await start('plain', 'ship-parcel'))
    expect(plain).toMatchObject({ correlationId: null, attributes: {} })
    const { rows } = await world.sagasDb.query('select attributes from sagas where id = $1', [
      plain.id,
    ])
    expect(rows).toEqual([{ attributes: null }])
  })

  it('uses an index for each key', async () => {
    const { rows } = await world.sagasDb.query<{ readonly indexname: string }>(
      `select indexname from pg_indexes where tablename = 'sagas' order by indexname`,
    )
    const names = rows.map(({ indexname }) => indexname)
    expect(names).toEqual(
      expect.arrayContaining(['sagas_attributes', 'sagas_correlation_id', 'sagas_parent_id']),
    )
    const plan = await world.sagasDb.transaction(async (tx) => {
      await tx.query('set local enable_seqscan = off')
      await tx.query('set local enable_indexscan = off')
      return tx.query(`explain select id from sagas where attributes @> '{"letters":"9"}'::jsonb`)
    })
    expect(JSON.stringify(plan.rows)).toContain('sagas_attributes')
  })

  it.each(['too many', 'colon', 'long', 'list'])(
    'by attributes that are not allowed (%s) refuses the start, and starts nothing',
    async (parcel) => {
      const { status, body } = await orchestrator.client.start('hold-parcel', { parcel })
      expect([status, body['code']]).toEqual([500, 'SAGA_DEFINITION_FAILED'])
      expect(await idsAt(`businessKey=${encodeURIComponent(parcel)}`)).toEqual([])
    },
  )
})

describe('a start for later', () => {
  const hourMs = 3_600_000
  const client = () => orchestrator.client
  const startAt = (parcel: string, inMs: number, key?: string) =>
    client().start(
      'ship-parcel',
      { parcel },
      { startAt: new Date(Date.now() + inMs), ...(key !== undefined && { key }) },
    )

  it('waits for its time, then runs', async () => {
    const { status, body } = await startAt('in a moment', 6_000)
    expect(status).toBe(202)
    const id = String(body['id'])
    const scheduled = await client().saga(id)
    expect(scheduled).toMatchObject({ status: 'scheduled', steps: [], state: null })
    const dueAt = Date.parse(String(scheduled.nextTimerAt))
    const { startedAt, endedAt } = await awaitStatus(id, 'completed')
    expect(Date.parse(String(endedAt))).toBeGreaterThanOrEqual(dueAt)
    expect(dueAt).toBeGreaterThan(Date.parse(String(startedAt)))
  })

  it('that is cancelled before never was anything', async () => {
    const id = String((await startAt('never mind', 6_000)).body['id'])
    await client().tell(id, 'cancel', { actor: 'ada', reason: 'never mind' })
    const later = String((await startAt('the next one', 6_000)).body['id'])
    await awaitStatus(later, 'completed')
    expect(await client().saga(id)).toMatchObject({ status: 'compensated', steps: [] })
  })

  it('in the past runs at once', async () => {
    await awaitStatus(String((await startAt('long ago', -hourMs)).body['id']), 'completed')
  })

  it('over ten years ahead is refused', async () => {
    const { status, body } = await startAt('in eleven years', 11 * 365 * 24 * hourMs)
    expect([status, body['code']]).toEqual([422, 'START_TIME_INVALID'])
  })

  it('with a known key is the same saga at the same time, and refused at another one', async () => {
    const key = randomUUID()
    const at = new Date(Date.now() + hourMs)
    const input = { parcel: 'keyed' }
    const first = await client().start('ship-parcel', input, { key, startAt: at })
    const again = await client().start('ship-parcel', input, { key, startAt: at })
    expect(again.body).toMatchObject({ id: first.body['id'], isNew: false })
    const moved = new Date(at.getTime() + 1)
    const other = await client().start('ship-parcel', input, { key, startAt: moved })
    expect([other.status, other.body['code']]).toEqual([409, 'SAGA_KEY_REUSED'])
  })

  it("comes over Kafka with a service's transaction, too", async () => {
    const parcel = 'in an hour'
    const start = {
      source: parcelsService,
      saga: 'ship-parcel',
      key: parcel,
      input: { parcel },
      startAt: new Date(Date.now() + hourMs),
    }
    await world.parcelsDb.transaction((tx) => startSaga(tx, start))
    const [id = ''] = await awaitUntil('it is there', async () => {
      const ids = await idsAt('businessKey=in%20an%20hour')
      return ids.length > 0 && ids
    })
    const { status, nextTimerAt } = await client().saga(id)
    expect([status, nextTimerAt]).toEqual(['scheduled', start.startAt.toISOString()])
  })
})
