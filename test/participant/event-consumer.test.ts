// A consumer of events: each is taken once and in its order, whatever is repeated, refused, killed or
// begun anew. Over the memory broker and real Postgres.
import { Type } from 'typebox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encryptFields } from '../../messaging/encrypted-fields.ts'
import {
  createCipher,
  createEventConsumer,
  defineEvent,
  event,
  generationsOf,
  onEvent,
  parseEncryptionKeys,
  publishEvent,
  sensitive,
  startOver,
} from '../../participant/index.ts'
import {
  closing,
  EventWorld,
  inBatches,
  meterClosed,
  oneByOne,
  reading,
  takenSql,
  topic,
} from './event-world.ts'
import { newV4 } from './stub-bus.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'

let database: TestDatabase
let world: EventWorld

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'participant'], takenSql)
  world = new EventWorld(database)
  await world.start()
})

afterAll(async () => {
  await world.stop()
  await database.drop()
})

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
const meterOf = () => `meter-${newV4()}`
const patience = { timeout: 20_000 }

/** Told last: once it is there, everything before it on its partition was taken or set aside. */
const isClosed = (consumer: string, meter: string) =>
  expect.poll(async () => (await world.taken(consumer, meter)).at(-1), patience).toBe(null)

test('each event is taken once and in the order of its key, however often it is told', async () => {
  const meters = [meterOf(), meterOf(), meterOf()]
  await world.follow({ ...inBatches('once'), batchRecordsMax: 7 })
  const told = upTo(30).flatMap((value) => meters.map((meter) => reading(meter, value)))
  for (const message of told) await world.tell(message, message)
  await world.tell(...told.slice(0, 40), ...meters.map(closing))
  for (const meter of meters) {
    await isClosed('once', meter)
    expect(await world.taken('once', meter)).toEqual([...upTo(30), null])
  }
})

test('a process that is killed anywhere loses nothing and takes nothing twice', async () => {
  const meter = meterOf()
  let calls = 0
  const options = oneByOne('killed', async () => {
    calls += 1
    // Before its commit, and with earlier ones that are committed but not marked.
    if (calls === 9) world.crash()
  })
  await world.follow({ ...options, batchRecordsMax: 4 })
  await world.tell(...upTo(20).map((value) => reading(meter, value)))
  await expect.poll(() => calls, patience).toBeGreaterThanOrEqual(9)
  await world.follow({ ...options, batchRecordsMax: 4 })
  await expect.poll(() => world.taken('killed', meter), patience).toEqual(upTo(20))
})

test('what nobody can read, or no try can handle, is set aside and holds up nobody', async () => {
  const meter = meterOf()
  let tries = 0
  const options = oneByOne('poison', async ({ key, data: { value } }) => {
    if (key !== meter || value !== 5) return
    tries += 1
    throw new Error('it is five')
  })
  await world.follow(options)
  const wrong = reading(meter, 3, { data: { value: 'three' } })
  const others = reading(meter, 4, { type: 'meter.painted', data: {} })
  const long = reading(meter, 6, { id: 'i'.repeat(1_001) as never })
  const all = [reading(meter, 1), reading(meter, 2), wrong, others, reading(meter, 5), long]
  await world.tell(...all, reading(meter, 7))
  await expect.poll(() => world.taken('poison', meter), patience).toEqual([1, 2, 7])
  expect(await world.letters('poison', meter)).toEqual([
    'EVENT_MALFORMED: The record is no event: its id and source have more than 1000 bytes.',
    'HANDLER_FAILED: The handler of reading.taken failed: it is five',
    'PAYLOAD_INVALID: The payload of reading.taken does not fit its contract: /value must be integer.',
  ])
  expect(tries).toBeGreaterThanOrEqual(3)
})

test('an event whose handler fails once is taken before those behind it', async () => {
  const meter = meterOf()
  let isBroken = true
  const options = oneByOne('again', async ({ key, data: { value } }) => {
    if (key !== meter || value !== 2 || !isBroken) return
    isBroken = false
    throw new Error('not yet')
  })
  await world.follow(options)
  await world.tell(...upTo(4).map((value) => reading(meter, value)))
  await expect.poll(() => world.taken('again', meter), patience).toEqual(upTo(4))
  expect(await world.letters('again', meter)).toEqual([])
})

test('what others hold in Postgres is waited for, however often, and nothing is set aside', async () => {
  const meter = meterOf()
  let times = 0
  const options = oneByOne('held', async ({ key, data: { value } }, tx) => {
    if (key !== meter || value !== 2 || times > 4) return
    times += 1
    await tx.query(`do $$ begin raise sqlstate '55P03'; end $$`)
  })
  await world.follow(options)
  await world.tell(...upTo(3).map((value) => reading(meter, value)))
  await expect.poll(() => world.taken('held', meter), patience).toEqual(upTo(3))
  expect(times).toBe(5)
  expect(await world.letters('held', meter)).toEqual([])
})

test('sensitive events need the key, come in plain, and no reason quotes them', async () => {
  const cipher = createCipher(parseEncryptionKeys(`k1:${Buffer.alloc(32, 1).toString('base64')}`))
  const meter = meterOf()
  const named = defineEvent({
    ...{ name: 'owner.named', topic },
    data: Type.Object({ owner: sensitive(Type.String()) }),
  })
  const owners: string[] = []
  const handler = onEvent(named, async (_, { data: { owner } }) => {
    owners.push(owner)
    if (owner === 'bob') throw new Error(`nobody knows ${owner}`)
  })
  const options = { consumer: 'owners', events: [handler] }
  await expect(world.follow(options)).rejects.toThrow('the event owner.named has sensitive fields')
  await world.follow(options, { cipher })
  const tell = (owner: string, key = cipher) => {
    const plain = reading(meter, 0, { type: named.name })
    const data = encryptFields(key, named.data, { data: { owner }, boundTo: plain.id })
    return world.tell({ ...plain, data })
  }
  for (const owner of ['ann', 'bob', 'cleo']) await tell(owner)
  await expect.poll(() => owners.at(-1), patience).toBe('cleo')
  expect(new Set(owners)).toEqual(new Set(['ann', 'bob', 'cleo']))
  const reason = 'HANDLER_FAILED: The handler of owner.named failed: [sensitive]'
  await expect.poll(() => world.letters('owners', meter), patience).toEqual([reason])
  const other = createCipher(parseEncryptionKeys(`k2:${Buffer.alloc(32, 2).toString('base64')}`))
  await tell('dan', other)
  const unread = 'ENCRYPTION_KEY_UNKNOWN: It is encrypted with the key k2, which is not here.'
  await expect.poll(() => world.letters('owners', meter), patience).toEqual([unread, reason])
})

test('what a handler publishes is told with its writes, once for each event', async () => {
  const meter = meterOf()
  const options = oneByOne('echo', async ({ id, key }, tx) => {
    if (key !== meter) return
    const closed = event(meterClosed, { data: {}, key: `${key}-echo` })
    await publishEvent(tx, { source: 'echo', id: `echo/${id}`, event: closed, time: new Date(0) })
  })
  await world.follow(options)
  const message = reading(meter, 1)
  await world.tell(message, message)
  const echoes = () =>
    world.broker
      .records(topic)
      .flat()
      .filter(({ key }) => key?.toString() === `${meter}-echo`)
  await expect.poll(() => echoes().length, patience).toBe(1)
})

test('it begins anew beside the one that serves, takes its place, and what was is discarded', async () => {
  const { db } = database
  const consumer = 'anew'
  const meter = meterOf()
  const discard = async (tx: { query: typeof db.query }, generation: number) => {
    const sql = `delete from taken where at in (select at from taken where generation = $1 and consumer = 'anew' limit 10)`
    return (await tx.query(sql, [generation])).rowCount
  }
  const following = await world.follow({ ...inBatches(consumer), discard })
  await world.follow({ ...inBatches(consumer), discard })
  await world.tell(...upTo(25).map((value) => reading(meter, value)))
  await expect.poll(() => world.taken(consumer, meter), patience).toEqual(upTo(25))
  expect(await startOver(db, consumer)).toBe(2)
  expect(await startOver(db, consumer)).toBe(2)
  // It goes on while the other one comes up.
  for (const value of upTo(40).slice(25)) await world.tell(reading(meter, value))
  await expect.poll(async () => (await following.standing()).generation, patience).toBe(2)
  await expect.poll(() => world.taken(consumer, meter, 2), patience).toEqual(upTo(40))
  await expect
    .poll(() => generationsOf(db, consumer), patience)
    .toMatchObject([{ generation: 2, state: 'serving' }])
  expect(await world.taken(consumer, meter, 1)).toEqual([])
  const left = await db.query('select 1 from inbox where consumer = $1 and generation = 1', [
    consumer,
  ])
  expect(left.rowCount).toBe(0)
  await world.tell(reading(meter, 41))
  await expect.poll(() => world.taken(consumer, meter, 2), patience).toEqual(upTo(41))
  await expect
    .poll(() => following.standing(), patience)
    .toMatchObject({
      ...{ generation: 2, building: null, behindMs: 0, lag: { [topic]: 0 } },
    })
  expect(await following.problem()).toBe(null)
})

test('killed while it begins anew, the next process goes on where it was', async () => {
  const { db } = database
  const meter = meterOf()
  let crashes = 0
  const options = oneByOne('torn', async ({ generation, key, data: { value } }) => {
    if (generation !== 2 || key !== meter || value !== 6 || crashes > 0) return
    crashes += 1
    world.crash()
  })
  await world.follow(options)
  await world.tell(...upTo(10).map((value) => reading(meter, value)))
  await expect.poll(() => world.taken('torn', meter), patience).toEqual(upTo(10))
  expect(await startOver(db, 'torn')).toBe(2)
  await expect.poll(() => crashes, patience).toBe(1)
  await world.follow(options)
  await expect
    .poll(() => generationsOf(db, 'torn'), patience)
    .toMatchObject([{ generation: 2, state: 'serving' }])
  expect(await world.taken('torn', meter, 2)).toEqual(upTo(10))
})

test('two handlers for one event are refused', () => {
  const { events } = inBatches('two')
  const twice = { consumer: 'two', events: [...events, ...events] }
  expect(() => createEventConsumer(twice)).toThrow('reading.taken has two handlers.')
})
