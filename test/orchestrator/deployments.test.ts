// Instances that are not alike, a database that is not ready, a saga whose row somebody holds, and
// more leftovers than one sweep takes: none of it loses anything or stops the others.
import { afterEach, beforeEach, expect, it } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import { createOrchestrator } from '../../orchestrator/orchestrator.ts'
import { sendSignal } from '../../participant/index.ts'
import { createMemoryBus } from '../../testing/memory-bus.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld } from './engine-world.ts'
import { holdParcel } from './hold-parcel.ts'
import { parcelsTopic, shipParcel } from './parcels.ts'

const first = shipParcel({})
const second = Object.freeze({ ...shipParcel({}), version: 2, hash: 'second' })

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start([first])
})
afterEach(() => world.stop())

async function statuses(): Promise<ReadonlySet<string>> {
  const { rows } = await world.sagasDb.query<{ readonly status: string }>(
    'select distinct status from sagas',
  )
  return new Set(rows.map(({ status }) => status))
}

const rowsOf = async (table: string) =>
  (await world.sagasDb.query(`select 1 from ${table}`)).rowCount

it('replies to sagas of a version that an instance lacks are held for one that has it', async () => {
  const modern = await world.startOrchestrator({ definitions: [first, second] })
  const parcels = Array.from({ length: 40 }, (_, at) => ({ parcel: `new version ${at}` }))
  await Promise.all(parcels.map((input) => modern.client.start('ship-parcel', input)))
  await world.startOrchestrator({ definitions: [first], allowMissingDefinitions: true })
  await world.startParcels()
  await awaitUntil('every saga is completed', async () => {
    const found = await statuses()
    return found.size === 1 && found.has('completed')
  })
  const { rows } = await world.sagasDb.query('select distinct version from sagas')
  expect(rows).toEqual([{ version: 2 }])
  await awaitUntil('nothing is held any more', async () => (await rowsOf('held_events')) === 0)
  expect(await rowsOf('dead_letters')).toBe(0)
})

it('signals to sagas that an instance lacks are held for one that knows them', async () => {
  const { client } = await world.startOrchestrator({ definitions: [first, holdParcel] })
  await world.startParcels()
  const parcels = Array.from({ length: 20 }, (_, at) => ({ parcel: `collected ${at}` }))
  await Promise.all(parcels.map((input) => client.start('hold-parcel', input)))
  await world.startOrchestrator({ definitions: [first], allowMissingDefinitions: true })
  await world.parcelsDb.transaction(async (tx) => {
    for (const { parcel } of parcels) {
      const to = { saga: 'hold-parcel', businessKey: parcel }
      const data = { by: 'ann' }
      await sendSignal(tx, { source: 'parcels', id: parcel, to, signal: 'collect', data })
    }
  })
  await awaitUntil('every saga is completed', async () => {
    const found = await statuses()
    return found.size === 1 && found.has('completed')
  })
  expect(await rowsOf('dead_letters')).toBe(0)
})

it('what is asked of a saga that an instance lacks may be asked again, of another one', async () => {
  const modern = await world.startOrchestrator({ definitions: [first, holdParcel] })
  const { body } = await modern.client.start('hold-parcel', { parcel: 'asked elsewhere' })
  const id = String(body['id'])
  const lacking = await world.startOrchestrator({
    definitions: [first],
    allowMissingDefinitions: true,
  })
  const by = { actor: 'ann', reason: 'to look' }
  const answer = await lacking.client.tell(id, 'pause', by, 'pause-it')
  expect(answer).toMatchObject({ status: 503, body: { code: 'DEFINITION_MISSING' } })
  expect((await modern.client.tell(id, 'pause', by, 'pause-it')).status).toBe(202)
})

it('a signal to a saga whose row somebody holds reaches it then, and keeps no other one', async () => {
  const { client } = await world.startOrchestrator({ definitions: [first, holdParcel] })
  await world.startParcels()
  const started = [{ parcel: 'held' }, { parcel: 'free' }].map(async (input) => {
    const { body } = await client.start('hold-parcel', input)
    const id = String(body['id'])
    await awaitUntil('it waits', async () => (await client.saga(id)).state === 'held')
    return id
  })
  const [held = '', free = ''] = await Promise.all(started)
  const collect = (sagaId: string) =>
    world.parcelsDb.transaction((tx) => {
      const signal = { signal: 'collect', data: { by: 'ann' } }
      return sendSignal(tx, { source: 'parcels', id: 'c', to: { sagaId }, ...signal })
    })
  const isCompleted = async (id: string) => (await client.saga(id)).status === 'completed'
  await world.sagasDb.transaction(async (tx) => {
    await tx.query('select from sagas where id = $1 for update', [held])
    await collect(held)
    await collect(free)
    await awaitUntil('the free one is completed', () => isCompleted(free))
  })
  await awaitUntil('the held one is completed, too', () => isCompleted(held))
})

it('a saga whose row somebody holds keeps no other saga waiting', async () => {
  const { client } = await world.startOrchestrator({ definitions: [first] })
  const { body } = await client.start('ship-parcel', { parcel: 'held' })
  await world.sagasDb.transaction(async (tx) => {
    await tx.query('select from sagas where id = $1 for update', [body['id']])
    await world.startParcels()
    const other = await client.start('ship-parcel', { parcel: 'free' }, { waitS: 50 })
    expect(other.body['status']).toBe('completed')
  })
  await awaitUntil('the held one ends too', async () => {
    const found = await statuses()
    return found.size === 1 && found.has('completed')
  })
})

it('each of many leftovers is published once more, not again and again', async () => {
  const dead = await world.startOrchestrator({ definitions: [first] })
  const parcels = Array.from({ length: 120 }, (_, at) => ({ parcel: `left over ${at}` }))
  await Promise.all(parcels.map((input) => dead.client.start('ship-parcel', input)))
  await awaitUntil('nothing is left over', async () => (await rowsOf('publish_batches')) === 0)
  await dead.stop()
  await world.sagasDb.query(
    `insert into publish_batches select gen_random_uuid(), array[id], clock_timestamp()
     from sagas`,
  )
  await world.startOrchestrator({ definitions: [first] })
  await awaitUntil('they are gone', async () => (await rowsOf('publish_batches')) === 0)
  const records = await world.kafka.read(parcelsTopic)
  expect(records.length).toBe(2 * parcels.length)
})

it('a definition whose business key throws refuses its start, and the next one goes through', async () => {
  const businessKey = () => {
    throw new TypeError('no such field')
  }
  const broken = Object.freeze({ ...first, name: 'broken', businessKey })
  const { client } = await world.startOrchestrator({ definitions: [first, broken] })
  await world.startParcels()
  const refused = await client.start('broken', { parcel: 'x' })
  expect(refused.body).toMatchObject({ status: 500, code: 'SAGA_DEFINITION_FAILED' })
  const { body } = await client.start('ship-parcel', { parcel: 'next' }, { waitS: 50 })
  expect(body['status']).toBe('completed')
})

it('an orchestrator says that its database lacks the tables', async () => {
  await world.sagasDb.query('drop table sagaline_migrations_orchestrator')
  const orchestrator = createOrchestrator({
    definitions: [first],
    db: world.sagasDb,
    bus: createMemoryBus(),
    clock: realClock,
    log: silentLog,
    http: { host: '127.0.0.1', port: 0 },
  })
  await expect(orchestrator.start()).rejects.toMatchObject({
    code: 'STORE_UNMIGRATED',
    message: expect.stringContaining('orchestrator/0001_sagas'),
  })
})
