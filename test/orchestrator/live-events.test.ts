// Streams over real Kafka and Postgres, by the typed client: what they tell, and that a client which
// comes back, also to another server, misses nothing and is told nothing twice.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClient, type StreamApi, type StreamEvent } from '../../orchestrator/client/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { holdParcel } from './hold-parcel.ts'
import { shipParcel } from './parcels.ts'

const definitions = [holdParcel, shipParcel()]

let world: EngineWorld
let orchestrator: RunningOrchestrator
/** Where the client thinks that the server is. */
let url = ''

const client = () => createClient({ url, fetch: (to, init) => fetch(movedTo(String(to)), init) })
const movedTo = (to: string) => to.replace(/^http:\/\/[^/]+/, url)

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  url = orchestrator.url
  await world.startParcels({ attempts: 1 })
})
afterAll(() => world.stop())

type FeedEvent = StreamEvent<StreamApi['follow-events']['answer']>

/** Listens until told otherwise. */
function listen<Event>(open: (signal: AbortSignal) => AsyncGenerator<Event>) {
  const stopping = new AbortController()
  const events: Event[] = []
  const ended = (async () => {
    for await (const event of open(stopping.signal)) events.push(event)
  })()
  const stop = async () => {
    stopping.abort()
    await ended
  }
  return { events, stop }
}

const entries = (events: readonly FeedEvent[], sagaId: string) =>
  events.flatMap((event) =>
    event.type === 'entry' && event.data.sagaId === sagaId ? event.data.seq : [],
  )

async function ship(parcel: string): Promise<string> {
  const { body } = await orchestrator.client.start('ship-parcel', { parcel }, { waitS: 50 })
  return String(body['id'])
}

async function historyOf(id: string): Promise<readonly number[]> {
  return (await orchestrator.client.history(id)).map(({ seq }) => seq)
}

/** A reply that comes again, as when partitions move, is an entry that may come late. */
async function awaitAll(events: readonly FeedEvent[], id: string): Promise<void> {
  await awaitUntil('every entry is told', async () => {
    return JSON.stringify(entries(events, id)) === JSON.stringify(await historyOf(id))
  }).catch(async () => expect(entries(events, id)).toEqual(await historyOf(id)))
}

describe('the stream of all sagas', () => {
  it('tells each entry once, in order, and nothing from before', async () => {
    const before = await ship('before')
    await awaitUntil('it is taken in', async () => {
      const { items } = await client().call('list-sagas', { query: { status: ['completed'] } })
      return items.some(({ id }) => id === before)
    })
    const { events, stop } = listen((signal) => client().follow('follow-events', { signal }))
    await awaitUntil('it stands', async () => events.length > 0)
    const id = await ship('a book')
    await awaitAll(events, id)
    const last = events.at(-1)
    expect(last).toMatchObject({
      data: { name: 'ship-parcel', version: 1, status: 'completed', facts: expect.any(Array) },
    })
    expect(entries(events, before)).toEqual([])
    await stop()
  })

  it('is of one name where one is asked for', async () => {
    const query = { name: 'hold-parcel' }
    const { events, stop } = listen((signal) => client().follow('follow-events', { query, signal }))
    await awaitUntil('it stands', async () => events.length > 0)
    const other = await ship('not of interest')
    const { body } = await orchestrator.client.start('hold-parcel', { parcel: 'of interest' })
    await awaitUntil('it is told', async () => entries(events, String(body['id'])).length > 1)
    expect(entries(events, other)).toEqual([])
    await stop()
  })

  it('goes on where it was after the server was started anew elsewhere', async () => {
    const { events, stop } = listen((signal) => client().follow('follow-events', { signal }))
    await awaitUntil('it stands', async () => events.length > 0)
    const first = await ship('before the stop')
    await awaitAll(events, first)
    const peer = await world.startOrchestrator({ definitions })
    await orchestrator.stop()
    orchestrator = peer
    const meanwhile = await ship('while nobody listens')
    url = peer.url
    await awaitAll(events, meanwhile)
    expect(entries(events, first)).toEqual(await historyOf(first))
    await stop()
  })

  it('says so when what followed is no longer kept', async () => {
    await ship('long ago')
    await awaitUntil('it is in the feed', async () => {
      return (await world.sagasDb.query('select 1 from saga_feed')).rowCount > 0
    })
    await world.sagasDb.query('delete from saga_feed')
    const headers = { 'last-event-id': '1-0' }
    const { events, stop } = listen((signal) =>
      client().follow('follow-events', { headers, signal }),
    )
    await awaitUntil('it is told', async () => events.some(({ type }) => type === 'missed'))
    const id = await ship('from now on')
    await awaitAll(events, id)
    await stop()
  })

  it('misses nothing where the last row that is gone had been told to its end', async () => {
    const told = await ship('told')
    await awaitUntil('it is taken in', async () => {
      const { items } = await client().call('list-sagas', { query: { status: ['completed'] } })
      return items.some(({ id }) => id === told)
    })
    const { rows } = await world.sagasDb.query('select feed_id from search_state')
    await world.sagasDb.query('delete from saga_feed')
    const headers = { 'last-event-id': `${rows[0]?.['feed_id']}-2147483647` }
    const { events, stop } = listen((signal) =>
      client().follow('follow-events', { headers, signal }),
    )
    const id = await ship('next')
    await awaitAll(events, id)
    await stop()
    expect(events.map(({ type }) => type)).not.toContain('missed')
  })
})

describe('the stream over rows of sagas that retention took', () => {
  it('says that something is missed, also after more of them than a page has, and goes on', async () => {
    const { rows } = await world.sagasDb.query('select feed_id from search_state')
    await world.sagasDb.query(`
      with head as (update search_state set feed_id = feed_id + 1200 returning feed_id - 1200 as was)
      insert into saga_feed (id, saga_id, name, from_revision, to_revision)
      select was + n, gen_random_uuid(), 'ship-parcel', 0, 3 from head, generate_series(1, 1200) n`)
    const headers = { 'last-event-id': `${rows[0]?.['feed_id']}-2147483647` }
    const follow = (name: string) =>
      listen((signal) => client().follow('follow-events', { query: { name }, headers, signal }))
    const [concerned, other] = [follow('ship-parcel'), follow('hold-parcel')]
    await awaitAll(concerned.events, await ship('after them'))
    const { body } = await orchestrator.client.start('hold-parcel', { parcel: 'after them' })
    await awaitUntil('the other one goes on', async () => {
      return entries(other.events, String(body['id'])).length > 0
    })
    await Promise.all([concerned.stop(), other.stop()])
    expect(concerned.events.map(({ type }) => type)).toContain('missed')
    expect(other.events.map(({ type }) => type)).not.toContain('missed')
  })
})

describe('the stream of one saga', () => {
  it('tells its history from the beginning, or from where it was, and goes on live', async () => {
    const { body } = await orchestrator.client.start('hold-parcel', { parcel: 'watched' })
    const path = { saga: String(body['id']) }
    const whole = listen((signal) => client().follow('follow-saga', { path, signal }))
    const seqs = () =>
      whole.events.flatMap((event) => (event.type === 'entry' ? event.data.seq : []))
    await awaitUntil('it waits', async () => (await historyOf(path.saga)).length === 2)
    await orchestrator.client.signal(path.saga, 'collect', { data: { by: 'ann' } })
    await awaitUntil('it has ended', async () => {
      return whole.events.some((one) => one.type === 'entry' && one.data.status === 'completed')
    })
    expect(seqs()).toEqual(await historyOf(path.saga))
    await whole.stop()
    const headers = { 'last-event-id': '2' }
    const rest = listen((signal) => client().follow('follow-saga', { path, headers, signal }))
    await awaitUntil('the rest is told', async () => rest.events.length > 1)
    await rest.stop()
    expect(rest.events[1]).toMatchObject({ type: 'entry', id: '3', data: { seq: 3 } })
  })

  it('of a saga that is not there is refused, and not tried again', async () => {
    const path = { saga: '0198c5a0-0000-7000-8000-00000000ffff' }
    await expect(client().follow('follow-saga', { path }).next()).rejects.toMatchObject({
      name: 'ApiError',
      code: 'SAGA_NOT_FOUND',
      status: 404,
    })
  })
})
