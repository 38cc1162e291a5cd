// The figures of an orchestrator and a participant that run over real Kafka and Postgres: after sagas
// that end well, turn back, wait for a time and get stuck, both pages tell so, and /vitals with them.
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { silentLog } from '../../messaging/log.ts'
import { createMetrics } from '../../messaging/metrics.ts'
import { EngineWorld, type RunningOrchestrator } from '../orchestrator/engine-world.ts'
import { parcelsTopic, shipParcel } from '../orchestrator/parcels.ts'
import { awaitUntil } from '../system/await-until.ts'
import { type Page, readPage } from './read-page.ts'

const retry = { attempts: 2, firstDelayMs: 20 }
const definitions = [shipParcel({ undo: retry, takeShelf: retry })]
const service = createMetrics({ log: silentLog })

let world: EngineWorld
let orchestrator: RunningOrchestrator
let page: Page
let servicePage: Page

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels({ attempts: 1, metrics: service })
  await start('a book')
  world.parcels.breakDown('parcels.load-van', 'refuses')
  await start('a piano')
  world.parcels.breakDown('parcels.clear-shelf', 'refuses')
  await start('an organ')
  world.parcels.mend('parcels.clear-shelf')
  world.parcels.breakDown('parcels.take-shelf', 'throws')
  await start('a vase')
  await world.kafka.write({ topic: parcelsTopic, key: 'k', value: Buffer.from('no command') })
  await awaitUntil('the sagas and the record are counted', async () => {
    page = readPage(await (await fetch(`${orchestrator.url}/metrics`)).text())
    servicePage = readPage((await service.page())?.text ?? '')
    const isParked =
      servicePage.value('sagaline_dead_letters_total') === 1 &&
      servicePage.value('sagaline_dead_letters_parked') === 1
    const recent = (outcome: string) => page.value('sagaline_recent_sagas', { outcome })
    const areTold =
      recent('completed') === 1 && recent('compensated') === 2 && recent('stuck') === 1
    const isStuck = page.value('sagaline_sagas', { status: 'stuck' }) === 1
    return isParked && areTold && isStuck && lateFigures().every((one) => one !== undefined)
  })
})
afterAll(() => world.stop())

/** What is asked of others for a page: where that takes long the page goes without. */
function lateFigures(): readonly (number | undefined)[] {
  const topics = ['replies', 'starts', 'signals', 'events'].map((name) => `sagaline.${name}`)
  return [
    ...topics.map((topic) => page.value('sagaline_consumer_lag_records', { topic })),
    page.value('sagaline_outbox_age_seconds'),
    page.value('sagaline_stats_lag_seconds'),
    page.value('sagaline_oldest_saga_start_seconds', { status: 'stuck' }),
    servicePage.value('sagaline_consumer_lag_records'),
  ]
}

async function start(parcel: string): Promise<void> {
  await orchestrator.client.start('ship-parcel', { parcel }, { waitS: 50 })
}

const saga = 'ship-parcel'

it('sagas are counted by how they ended, with how long they took', () => {
  const ended = (outcome: string) => page.value('sagaline_saga_seconds_count', { saga, outcome })
  expect(page.value('sagaline_sagas_started_total', { saga, version: '1' })).toBe(4)
  expect([ended('completed'), ended('compensated')]).toEqual([1, 2])
  expect(page.value('sagaline_saga_seconds_sum', { outcome: 'completed' })).toBeGreaterThan(0)
  expect(page.value('sagaline_sagas_stuck_total', { saga })).toBe(1)
  expect(page.value('sagaline_oldest_saga_start_seconds', { status: 'stuck' })).toBeGreaterThan(1e9)
})

it('the last minutes are told by the lifecycle events, as alerts ask for them', () => {
  const ended = (outcome: string) => page.value('sagaline_recent_sagas', { saga, outcome })
  expect(['completed', 'compensated', 'failed', 'stuck'].map(ended)).toEqual([1, 2, 0, 1])
  const slowest = (step: string) => page.value('sagaline_recent_step_p99_seconds', { saga, step })
  expect(slowest('takeShelf')).toBeGreaterThan(0)
  expect(slowest('')).toBeUndefined()
  expect(page.value('sagaline_stats_lag_seconds')).toBeDefined()
})

it('steps are counted by direction and result, with their latency and retries', () => {
  const count = (step: string, direction: string, result: string) =>
    page.value('sagaline_step_results_total', { saga, step, direction, result })
  expect(count('takeShelf', 'do', 'succeeded')).toBe(3)
  expect(count('takeShelf', 'do', 'failed')).toBe(2)
  expect(count('loadVan', 'do', 'refused')).toBe(2)
  expect(count('takeShelf', 'undo', 'succeeded')).toBe(2)
  expect(count('takeShelf', 'undo', 'refused')).toBe(1)
  const labels = { saga, step: 'takeShelf' }
  expect(page.value('sagaline_step_retries_total', { ...labels, direction: 'do' })).toBe(1)
  expect(page.value('sagaline_step_seconds_count', { ...labels, result: 'succeeded' })).toBe(3)
  expect(page.value('sagaline_timer_lag_seconds_count')).toBeGreaterThan(0)
})

it('batches, publication, pools, lag and requests of the orchestrator are told', () => {
  expect(page.value('sagaline_batch_items_sum', { door: 'start' })).toBe(4)
  expect(page.value('sagaline_batch_items_sum', { door: 'advance' })).toBeGreaterThanOrEqual(11)
  expect(page.value('sagaline_publish_records_sum', { lane: 'commands' })).toBeGreaterThanOrEqual(
    11,
  )
  expect(page.value('sagaline_publish_seconds_sum', { lane: 'events' })).toBeGreaterThan(0)
  const pool = (state: string) => page.value('sagaline_pool_connections', { state }) ?? Number.NaN
  expect(pool('busy') + pool('idle')).toBeGreaterThan(0)
  for (const topic of ['replies', 'starts', 'signals', 'events']) {
    expect(
      page.value('sagaline_consumer_lag_records', { topic: `sagaline.${topic}` }),
    ).toBeDefined()
  }
  expect(page.value('sagaline_outbox_age_seconds')).toBeDefined()
  const started = { method: 'POST', route: '/sagas/:saga', status: '200' }
  expect(page.value('sagaline_http_request_seconds_count', started)).toBeGreaterThan(0)
})

it('a participant tells of its commands, faults, batches, lag and dead letters', () => {
  const answered = (command: string, outcome: string) =>
    servicePage.value('sagaline_command_seconds_count', { command, outcome })
  expect(answered('parcels.take-shelf', 'succeeded')).toBe(3)
  expect(answered('parcels.take-shelf', 'failed')).toBe(2)
  expect(answered('parcels.load-van', 'refused')).toBe(2)
  const faults = { command: 'parcels.take-shelf' }
  expect(servicePage.value('sagaline_handler_faults_total', faults)).toBe(2)
  expect(servicePage.value('sagaline_wave_commands_sum')).toBeGreaterThanOrEqual(10)
  expect(servicePage.value('sagaline_consumer_lag_records')).toBeGreaterThanOrEqual(0)
  expect(servicePage.value('sagaline_dead_letters_total')).toBe(1)
  // What is parked is told for as long as it is.
  expect(servicePage.value('sagaline_dead_letters_parked')).toBe(1)
})

it('vitals tell the saga in flight, and fall to nothing to publish', async () => {
  const quiet = await awaitUntil('nothing waits for Kafka', async () => {
    const { body } = await orchestrator.client.get('/vitals')
    return body['publishBatches'] === 0 && body['outboxAgeMs'] === null && body
  })
  expect(quiet).toMatchObject({
    consumerLag: { 'sagaline.replies': expect.any(Number) },
    oldestSaga: { name: saga },
    inFlight: { stuck: 1 },
  })
})

it('the age of what waits for Kafka is that of its oldest', async () => {
  const add = `insert into publish_batches (id, saga_ids, due_at)
    values ($1, '{}', clock_timestamp() + interval '1 hour')`
  const at = Date.now()
  for (const ms of [at - 90_000, at]) await world.sagasDb.query(add, [v7({ msecs: ms })])
  await awaitUntil('it is told', async () => {
    const { body } = await orchestrator.client.get('/vitals')
    return Number(body['outboxAgeMs']) >= 90_000 && body['publishBatches'] === 2
  })
})
