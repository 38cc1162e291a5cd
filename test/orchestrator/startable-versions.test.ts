// Only a version that every live instance has is started; until then the one before, and where
// there is none a start waits: REST is told so, a start over Kafka is held.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { definitionKey } from '../../orchestrator/definition/registry.ts'
import { startSaga } from '../../participant/index.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, type RunningOrchestrator } from './engine-world.ts'
import { parcelsService, shipParcel } from './parcels.ts'

const first = shipParcel({})
const second = Object.freeze({ ...shipParcel({}), version: 2, hash: 'second' })
const other = Object.freeze({ ...shipParcel({}), name: 'other' })
const startsTopic = 'sagaline.starts'

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start([first])
})
afterEach(() => world.stop())

async function startedVersion({ client }: RunningOrchestrator, parcel: string): Promise<unknown> {
  const { body } = await client.start('ship-parcel', { parcel })
  return (await client.saga(String(body['id']))).version
}

async function startableVersions({ client }: RunningOrchestrator): Promise<string> {
  const definitions = await client.definitions()
  return definitions
    .filter(({ isStartable }) => isStartable)
    .map(({ version }) => version)
    .join()
}

const overKafka = (saga: string, parcel: string) =>
  world.parcelsDb.transaction((tx) =>
    startSaga(tx, { source: parcelsService, saga, key: `of ${parcel}`, input: { parcel } }),
  )

async function rowsOf(table: string): Promise<number> {
  return (await world.sagasDb.query(`select 1 from ${table}`)).rowCount
}

async function parked(): Promise<readonly unknown[]> {
  return (await world.sagasDb.query('select code from dead_letters order by id')).rows
}

async function startsAreTaken(): Promise<boolean> {
  return (await world.kafka.lag('sagaline.starts', [startsTopic])) === 0
}

it('the version before is started until every live instance has the new one', async () => {
  const old = await world.startOrchestrator({ definitions: [first] })
  const modern = await world.startOrchestrator({ definitions: [first, second] })
  expect(await startableVersions(modern)).toBe('1')
  expect(await startedVersion(modern, 'new instance')).toBe(1)
  expect(await startedVersion(old, 'old instance')).toBe(1)
  await old.stop()
  await awaitUntil('both versions may be started', async () => {
    return (await startableVersions(modern)) === '1,2'
  })
  expect(await startedVersion(modern, 'alone')).toBe(2)
  await world.startOrchestrator({ definitions: [first, second] })
  expect(await startedVersion(modern, 'both have it')).toBe(2)
})

it('the same version with another content on one instance is not started', async () => {
  const changed = Object.freeze({ ...second, hash: 'changed' })
  await world.startOrchestrator({ definitions: [first, changed] })
  const modern = await world.startOrchestrator({ definitions: [first, second] })
  expect(await startedVersion(modern, 'two contents')).toBe(1)
})

it('an instance that crashed stops counting after 15 s, and is forgotten after an hour', async () => {
  await world.sagasDb.query(
    `insert into instances values
      (gen_random_uuid(), $1, clock_timestamp() - interval '6 s'),
      (gen_random_uuid(), $2, clock_timestamp() - interval '2 h')`,
    [[definitionKey(first)], ['ancient@1#x']],
  )
  const modern = await world.startOrchestrator({ definitions: [first, second] })
  expect(await startedVersion(modern, 'it may live')).toBe(1)
  await awaitUntil('it does not count', async () => (await startableVersions(modern)) === '1,2')
  expect(await startedVersion(modern, 'it is dead')).toBe(2)
  // The crashed one's row is there still; nobody has that of the ancient one any more.
  expect(await rowsOf('instances')).toBe(2)
  await modern.stop()
  expect(await rowsOf('instances')).toBe(1)
})

it('REST is told to come again while no version is on every instance', async () => {
  const one = await world.startOrchestrator({ definitions: [first] })
  const two = await world.startOrchestrator({ definitions: [other] })
  await awaitUntil('each knows of the other', async () => {
    const answers = await Promise.all(
      [one, two].map(({ client }) => client.start('ship-parcel', { parcel: 'too early' })),
    )
    return answers.every(({ body }) => body['code'] === 'DEFINITION_NOT_READY')
  })
  const early = await two.client.start('ship-parcel', { parcel: 'too early' })
  expect(early.status).toBe(503)
  expect(early.body['detail']).toContain('ship-parcel')
  const nowhere = await one.client.start('nowhere', { parcel: 'x' })
  expect(nowhere.body).toMatchObject({ status: 404, code: 'SAGA_NAME_UNKNOWN' })
})

it('starts over Kafka are held until their saga can be started, and hold up no other', async () => {
  const one = await world.startOrchestrator({ definitions: [first] })
  const two = await world.startOrchestrator({ definitions: [first, other] })
  await world.startParcels()
  await awaitUntil('one knows of the other', async () => {
    const { body } = await one.client.start('other', { parcel: 'too early' })
    return body['code'] === 'DEFINITION_NOT_READY'
  })
  await overKafka('other', 'held')
  await overKafka('nowhere', 'parked')
  await overKafka('ship-parcel', 'goes on')
  await awaitUntil('the other start went on', async () => (await rowsOf('sagas')) === 1)
  await awaitUntil('all are taken', startsAreTaken)
  expect(await rowsOf('held_starts')).toBe(1)
  expect(await parked()).toEqual([{ code: 'SAGA_NAME_UNKNOWN' }])
  await one.stop()
  await awaitUntil('the held one is completed', async () => {
    const { rows } = await world.sagasDb.query('select name, status from sagas order by name')
    return JSON.stringify(rows[0]) === '{"name":"other","status":"completed"}'
  })
  await awaitUntil('nothing is held', async () => (await rowsOf('held_starts')) === 0)
  const again = await two.client.start('other', { parcel: 'held' }, { key: 'of held' })
  expect(again.body['isNew']).toBe(false)
})

it('a held start that turns out to be unusable, or waits for a day, is parked as it came', async () => {
  const one = await world.startOrchestrator({ definitions: [first] })
  await world.startOrchestrator({ definitions: [other] })
  await world.startParcels()
  await awaitUntil('one knows of the other', async () => {
    const { body } = await one.client.start('other', { parcel: 'too early' })
    return body['code'] === 'DEFINITION_NOT_READY'
  })
  await overKafka('other', 'a day')
  await overKafka('other', '')
  await overKafka('other', 'stays')
  await awaitUntil('all are held', async () => (await rowsOf('held_starts')) === 3)
  await world.sagasDb.query(
    `update held_starts set held_at = held_at - interval '25 h'
     where record ->> 'key' = encode('of a day', 'base64')`,
  )
  await awaitUntil('one is parked', async () => (await rowsOf('dead_letters')) === 1)
  expect(await parked()).toEqual([{ code: 'DEFINITION_NOT_READY' }])
  await one.stop()
  await awaitUntil('another one is parked', async () => (await rowsOf('dead_letters')) === 2)
  await awaitUntil('the last one is started', async () => (await rowsOf('sagas')) === 1)
})
