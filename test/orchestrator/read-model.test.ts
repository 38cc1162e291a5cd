// The read model over real Kafka and Postgres: what is found in it, that it comes after whatever
// happens to what it follows, and that it is right again after everything in it was wrong.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventsTopic } from '../../messaging/topics.ts'
import { findSearchLag } from '../../orchestrator/store/event-followers.ts'
import { askRebuild } from '../../orchestrator/store/search-pass.ts'
import type { FoundSaga } from '../../orchestrator/store/search-sagas.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { holdParcel } from './hold-parcel.ts'
import { shipParcel } from './parcels.ts'

const definitions = [holdParcel, shipParcel({ undo: { attempts: 1, firstDelayMs: 50 } })]
/** Who follows says so from time to time. */
const patience = { timeout: 30_000 }

let world: EngineWorld
let orchestrator: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels({ attempts: 1 })
})
afterAll(() => world.stop())

async function search(query: string): Promise<readonly FoundSaga[]> {
  const { status, body } = await orchestrator.client.get(`/sagas?${query}`)
  expect([status, body['code']]).toEqual([200, undefined])
  return body['items'] as readonly FoundSaga[]
}

const found = (query: string, ids: readonly string[]) =>
  awaitUntil(`the search ${query} finds ${ids}`, async () => {
    const items = await search(query)
    return items.map(({ id }) => id).join() === ids.join() && items
  })

async function start(parcel: string, name = 'ship-parcel'): Promise<string> {
  const { body } = await orchestrator.client.start(name, { parcel }, { waitS: 50 })
  return String(body['id'])
}

/** As many rows as sagas, each as its saga is, and the counts as the rows are. */
async function expectRight(): Promise<void> {
  await awaitUntil('every saga is in the read model as it is', async () => {
    const { rows } = await world.sagasDb.query(`
      select id from sagas full join saga_search s on s.saga_id = id
      where id is null or s.saga_id is null or s.revision <> sagas.revision
        or s.status <> sagas.status or s.ended_at is distinct from
          date_trunc('milliseconds', sagas.ended_at)`)
    return rows.length === 0
  })
  const { rows } = await world.sagasDb.query(`
    select * from (select name, version, status, count(*) as count from saga_search
      group by 1, 2, 3) as real
    full join (select * from search_counts where count <> 0) as kept
      using (name, version, status, count)
    where real is null or kept is null`)
  expect(rows).toEqual([])
}

describe('a search', () => {
  it('finds sagas by name, version, status, step, age, attributes and error', async () => {
    const done = await start('a book')
    world.parcels.breakDown('parcels.load-van', 'refuses')
    const back = await start('a piano')
    world.parcels.breakDown('parcels.clear-shelf', 'refuses')
    const stuck = await start('an organ')
    world.parcels.mend('parcels.load-van')
    world.parcels.mend('parcels.clear-shelf')
    const { body } = await orchestrator.client.start('hold-parcel', { parcel: 'glass' })
    const held = String(body['id'])
    await found('status=completed', [done])
    await found('name=ship-parcel', [stuck, back, done])
    await found('name=ship-parcel&version=1&status=stuck&status=compensated', [stuck, back])
    await found('version=2', [])
    const [parked] = await found('step=takeShelf&status=stuck', [stuck])
    expect(parked).toMatchObject({ stepsUnderWay: ['takeShelf'], error: 'takeShelf: not today' })
    await found('error=TODAY%20not', [stuck, back])
    await found('error=tomorrow', [])
    await found('attribute=parcel:glass&attribute=letters:5', [held])
    await found('attribute=parcel:glass&attribute=letters:6', [])
    const { startedAt } = await orchestrator.client.saga(back)
    await found(`startedBefore=${startedAt}`, [done])
    await found(`startedAfter=${startedAt}`, [held, stuck, back])
    await found(`businessKey=an%20organ&step=takeShelf`, [stuck])
    await expectRight()
  })

  it('goes through all pages, none twice, within several groups', async () => {
    const all = (await search('limit=200')).map(({ id }) => id)
    const paged: string[] = []
    let cursor = ''
    do {
      const { body } = await orchestrator.client.get(`/sagas?version=1&limit=1${cursor}`)
      paged.push(...(body['items'] as readonly FoundSaga[]).map(({ id }) => id))
      cursor = body['nextCursor'] === null ? '' : `&cursor=${body['nextCursor']}`
    } while (cursor !== '')
    expect(paged).toEqual(all)
    expect(paged.length).toBeGreaterThan(3)
  })

  it('says how far it is behind', async () => {
    const lag = async () => (await orchestrator.client.get('/sagas')).body['lagMs']
    await expect.poll(lag, patience).toBeTypeOf('number')
  })
})

describe('counts', () => {
  it('follow what sagas become', async () => {
    const { body } = await orchestrator.client.get('/saga-counts?name=ship-parcel')
    expect(body).toMatchObject({
      byStatus: { completed: 1, compensated: 1, stuck: 1 },
      items: [{ name: 'ship-parcel', version: 1, count: 1 }, {}, {}],
    })
  })
})

describe('the read model', () => {
  it('takes in what happened while nobody followed', async () => {
    const stuck = (await search('status=stuck'))[0]?.id ?? ''
    const peer = await world.startOrchestrator({ definitions })
    await peer.client.tell(stuck, 'abandon', { actor: 'ada', reason: 'nobody plays it' })
    await orchestrator.stop()
    await peer.stop()
    orchestrator = await world.startOrchestrator({ definitions })
    await found('status=abandoned', [stuck])
    await expectRight()
  })

  it('finds sagas whose events were lost with their topic, also when none is told again', async () => {
    await orchestrator.stop()
    await world.sagasDb.query('delete from saga_search')
    await world.sagasDb.query('delete from search_counts')
    await world.kafka.empty([eventsTopic])
    // As after an upgrade: nothing was followed, and nothing is told.
    await world.sagasDb.query('update search_pass set passed_at = null, after_id = null')
    orchestrator = await world.startOrchestrator({ definitions })
    await expectRight()
  })

  it('is made anew when somebody asks, with whatever was wrong in it', async () => {
    await world.sagasDb.query(`update saga_search set status = 'paused', error = 'nonsense'`)
    await world.sagasDb.query('update search_counts set count = count + 5')
    await askRebuild(world.sagasDb)
    await awaitUntil('it was walked through', async () => {
      const { rows } = await world.sagasDb.query(
        'select 1 from search_pass where after_id is null and not is_rebuild_asked',
      )
      return rows.length === 1
    })
    await expectRight()
    expect(await search('error=nonsense')).toEqual([])
  })

  it('knows nothing of its lag while nobody follows', async () => {
    await expect.poll(() => findSearchLag(world.sagasDb), patience).toBeTypeOf('number')
    await orchestrator.stop()
    expect(await findSearchLag(world.sagasDb)).toBeNull()
  })
})
