// Dead letters that are sent again, on real Postgres: every byte, once for each word of a person,
// and nothing lost where a process dies in between.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Bus, IncomingRecord } from '../../messaging/bus.ts'
import { type Db, openDb } from '../../messaging/db.ts'
import { createLetterDesk, type LetterDesk } from '../../messaging/dead-letter-desk.ts'
import { LetterReplays } from '../../messaging/dead-letter-replays.ts'
import type { LetterFilter, LetterPlace } from '../../messaging/dead-letter-store.ts'
import { viewLetter } from '../../messaging/dead-letter-view.ts'
import { park } from '../../messaging/dead-letters.ts'
import { messagingError } from '../../messaging/errors.ts'
import { silentLog } from '../../messaging/log.ts'
import { messagingMigrations, migrate } from '../../messaging/migrate.ts'
import { OutboxRelay, type OutboxRelayOptions } from '../../messaging/outbox-relay.ts'
import { createPublisher, type Publisher } from '../../messaging/publisher.ts'
import { createMemoryBroker, type MemoryBroker } from '../../testing/memory-bus.ts'
import { awaitUntil } from '../system/await-until.ts'
import { createInstantClock } from './instant-clock.ts'
import { listDeadLetters } from './list-dead-letters.ts'
import { createTestDatabase, type TestDatabase } from './servers.ts'

const topic = 'orders.commands'
const by = { actor: 'ann', reason: 'mended' }

let database: TestDatabase
let broker: MemoryBroker
let bus: Bus
let publisher: Publisher
let desk: LetterDesk
const relays: OutboxRelay[] = []

beforeAll(async () => {
  database = await createTestDatabase()
  await migrate({ url: database.url, sets: [messagingMigrations], log: silentLog })
  desk = createLetterDesk(database.db)
})
afterAll(() => database?.drop())
beforeEach(async () => {
  broker = createMemoryBroker()
  bus = broker.connect()
  await bus.start()
  await bus.ensureTopics([{ name: topic, partitions: 1, replicationFactor: 1 }])
  publisher = createPublisher({ bus, log: silentLog, missingMsMax: 1 })
})
afterEach(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()))
  await publisher.stop()
  await database.db.query('delete from dead_letters')
})

async function startRelay(options: Partial<OutboxRelayOptions> = {}): Promise<void> {
  const given = { db: database.db, publisher, log: silentLog, pollMsMin: 5, pollMsMax: 10 }
  const relay = new OutboxRelay({ ...given, ...options })
  relays.push(relay)
  await relay.start()
}

const anyBytes = Buffer.from(Array.from({ length: 256 }, (_, at) => at))
let offset = 0n

/** Parks one record for each change, and answers their ids. */
async function parked(...changes: readonly Partial<IncomingRecord>[]): Promise<readonly bigint[]> {
  const letters = changes.map((change) => {
    offset += 1n
    const record = { topic, partition: 0, offset, timestamp: new Date(0), headers: {} }
    const bytes = { key: Buffer.from('k'), value: Buffer.from(`"${offset}"`) }
    return { record: { ...record, ...bytes, ...change }, consumer: 'orders', ...why }
  })
  const before = (await listDeadLetters(database.db, { limit: 1_000 })).length
  await park(database.db, letters)
  return (await listDeadLetters(database.db, { limit: 1_000 })).slice(before).map(({ id }) => id)
}

const why = { code: 'COMMAND_UNKNOWN', reason: 'why', isSensitive: false }
const everything: LetterFilter = {
  ...{ topic: null, code: null, consumer: null, state: null, olderThanS: null, newerThanS: null },
  ids: null,
}

const everyPage = { place: { after: 0n, upTo: null }, limit: 1_000 }

const sent = () => broker.records(topic)[0] ?? []
const stateOf = async (id: bigint) => (await desk.find(id)).letter.state
const untilIs = (id: bigint, state: string) =>
  awaitUntil(`the letter is ${state}`, async () => (await stateOf(id)) === state)
const only = ([id]: readonly bigint[]): bigint => id as bigint
/** What was claimed by a process that died. */
const forgetClaims = () => database.db.query('update dead_letters set replay_due_at = now()')

test.each([
  [
    'any bytes',
    { key: anyBytes, value: anyBytes, headers: { ce_id: anyBytes, empty: Buffer.alloc(0) } },
  ],
  ['neither key nor value', { key: null, value: null }],
  [
    'a header that comes twice',
    {
      headers: { once: anyBytes, twice: Buffer.from('b') },
      repeated: { twice: [Buffer.from('a'), Buffer.from('b')] },
    },
  ],
])('a letter with %s is sent as it came', async (_, change) => {
  const id = only(await parked(change))
  await startRelay()
  await desk.replay(id, by)
  await untilIs(id, 'replayed')
  const { letter } = await desk.find(id)
  const { key, value, headers, repeated } = letter.record
  expect(letter.record).toMatchObject(change)
  expect(sent()).toMatchObject([{ topic, key, value, headers, ...(repeated && { repeated }) }])
  expect((await desk.find(id)).changes).toMatchObject([
    { action: 'replayed', ...by },
    { action: 'sent', actor: 'the outbox relay' },
  ])
})

test('a letter that is replayed twice is sent once', async () => {
  const id = only(await parked({}))
  await Promise.all([desk.replay(id, by), desk.replay(id, by)])
  await startRelay()
  await untilIs(id, 'replayed')
  await desk.replay(id, by)
  const other = only(await parked({}))
  await desk.replay(other, by)
  await untilIs(other, 'replayed')
  expect(sent()).toHaveLength(2)
  expect((await desk.find(id)).changes).toHaveLength(2)
})

test('an edited letter is sent edited, and keeps the record as it came', async () => {
  const headers = { ce_type: Buffer.from('ordres'), stray: anyBytes, keep: anyBytes }
  const id = only(await parked({ headers }))
  const { record } = (await desk.find(id)).letter
  await desk.edit(id, { ...by, headers: { ce_type: 'orders', stray: null } })
  await desk.edit(id, { actor: 'bob', reason: 'a text', value: Buffer.from('{"a":1}') })
  const found = await desk.find(id)
  expect(found.letter.record).toEqual(record)
  expect(found.changes).toMatchObject([by, { action: 'edited', actor: 'bob', reason: 'a text' }])
  expect(viewLetter(found).edited?.value).toMatchObject({ text: '{"a":1}', json: { a: 1 } })
  await startRelay()
  await desk.replay(id, by)
  await untilIs(id, 'replayed')
  expect(sent()).toMatchObject([{ key: record.key, value: Buffer.from('{"a":1}') }])
  expect(sent()[0]?.headers).toEqual({ ce_type: Buffer.from('orders'), keep: anyBytes })
})

test('only a parked letter is edited, replayed or discarded, and nothing else of nothing', async () => {
  const id = only(await parked({}))
  await expect(desk.edit(id, by)).rejects.toMatchObject({ code: 'LETTER_EDIT_INVALID' })
  const huge = { ...by, value: Buffer.alloc(300_000) }
  await expect(desk.edit(id, huge)).rejects.toMatchObject({ code: 'LETTER_EDIT_INVALID' })
  await desk.discard(id, by)
  await desk.discard(id, by)
  for (const late of [() => desk.replay(id, by), () => desk.edit(id, huge)]) {
    await expect(late()).rejects.toMatchObject({ code: 'LETTER_SETTLED' })
  }
  expect((await desk.find(id)).changes).toHaveLength(1)
  const missing = id + 1_000n
  const notFound = { code: 'LETTER_NOT_FOUND' }
  await expect(desk.find(missing)).rejects.toMatchObject(notFound)
  await expect(desk.edit(missing, huge)).rejects.toMatchObject(notFound)
  await expect(desk.discard(missing, by)).rejects.toMatchObject(notFound)
})

test('what was changed, and by whom, cannot be changed again', async () => {
  await desk.discard(only(await parked({})), by)
  for (const change of ['delete from', 'truncate', 'update']) {
    const set = change === 'update' ? ` set actor = 'x'` : ''
    const changed = database.db.query(`${change} dead_letter_changes${set}`)
    await expect(changed).rejects.toThrowError(/append-only/)
  }
})

test.each([
  ['before it is sent', 'letters.after-claim-before-publish', 1],
  ['after it was sent', 'letters.after-publish-before-settle', 2],
])('a process that dies %s leaves the letter to the next one', async (_, point, copies) => {
  const id = only(await parked({}))
  await desk.replay(id, by)
  let deaths = 0
  await startRelay({
    onPoint: async (name) => {
      if (name !== point) return
      deaths += 1
      throw new Error('dies')
    },
  })
  await awaitUntil('it dies', () => deaths > 0)
  await Promise.all(relays.splice(0).map((relay) => relay.stop()))
  expect(await stateOf(id)).toBe('replaying')
  await forgetClaims()
  await startRelay()
  await untilIs(id, 'replayed')
  expect(sent()).toHaveLength(copies)
})

test('a letter that the broker never takes is parked again, with why, and holds up nobody', async () => {
  const [gone, good] = await parked({ topic: 'no.such.topic' }, {})
  await startRelay()
  await desk.replay(gone as bigint, by)
  await desk.replay(good as bigint, by)
  await untilIs(good as bigint, 'replayed')
  await untilIs(gone as bigint, 'parked')
  const { changes } = await desk.find(gone as bigint)
  expect(changes.at(-1)).toMatchObject({ action: 'refused' })
  expect(changes.at(-1)?.reason).toContain('TOPIC_UNAVAILABLE')
})

test('more letters to a topic that is away than one round takes hold up no others', async () => {
  const patient = createPublisher({ bus, log: silentLog, drainMsMax: 1 })
  const ids = await parked(...Array.from({ length: 110 }, () => ({ topic: 'no.such.topic' })), {})
  const good = ids.at(-1) as bigint
  for (const id of ids) await desk.replay(id, by)
  await startRelay({ publisher: patient })
  await untilIs(good, 'replayed')
  expect(
    await desk.list({ ...everyPage, filter: { ...everything, state: 'replaying' } }),
  ).toHaveLength(110)
  await patient.stop()
})

test('what was sent under an older word of a person says nothing of the newer one', async () => {
  const id = only(await parked({}))
  await desk.replay(id, by)
  const { promise: isSent, resolve: confirm } = Promise.withResolvers<void>()
  const settled: Promise<unknown>[] = []
  const watched = {
    ...database.db,
    query: (statement: { readonly name?: string }, values: readonly unknown[]) => {
      const answer = database.db.query(statement as never, values)
      if (statement.name === 'settle-replays') settled.push(answer)
      return answer
    },
  } as Db
  const slow = replaysWith({ publishRecords: () => isSent }, watched)
  slow.begin()
  await slow.done()
  await forgetClaims()
  const tooLarge = messagingError('MESSAGE_TOO_LARGE', { id: 'x', bytes: 1, limit: 1 })
  const refusing = replaysWith({ publishRecords: () => Promise.reject(tooLarge) })
  refusing.begin()
  await refusing.done()
  expect(await stateOf(id)).toBe('parked')
  await desk.edit(id, { ...by, value: Buffer.from('edited') })
  await desk.replay(id, by)
  confirm()
  await awaitUntil('the first one writes down that it is sent', () => settled.length > 0)
  await Promise.all(settled)
  expect(await stateOf(id)).toBe('replaying')
  await startRelay()
  await untilIs(id, 'replayed')
  expect(sent()).toMatchObject([{ value: Buffer.from('edited') }])
})

/** A process whose publication takes longer than it waits. */
function replaysWith(publishing: Partial<Publisher>, db: Db = database.db): LetterReplays {
  const clock = createInstantClock()
  const given = { db, log: silentLog, clock, onPoint: () => undefined }
  return new LetterReplays({ ...given, publisher: { ...publisher, ...publishing } })
}

test('many are replayed a page at a time, of those that were there at the beginning', async () => {
  const ids = await parked({}, {}, {}, { topic: 'elsewhere' }, {})
  await desk.discard(ids[1] as bigint, by)
  const filter = { ...everything, topic }
  const dry = await desk.replayMany({ filter, place: null, limit: 10, by, isDryRun: true })
  expect(dry.items.map(({ id }) => id)).toEqual([ids[0], ids[2], ids[4]])
  expect(await stateOf(ids[0] as bigint)).toBe('parked')
  const first = await desk.replayMany({ filter, place: null, limit: 2, by, isDryRun: false })
  // A record that was sent again and cannot be handled again is no part of the walk.
  const again = only(await parked({}))
  const next = { filter, place: first.next, limit: 2, by, isDryRun: false }
  const second = await desk.replayMany(next)
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([ids[0], ids[2], ids[4]])
  expect(second.next).toBeNull()
  expect((await desk.replayMany(next)).items).toEqual([])
  expect(await stateOf(again)).toBe('parked')
  expect(await stateOf(ids[3] as bigint)).toBe('parked')
})

test('a walk goes on behind a letter that somebody changes meanwhile', async () => {
  const ids = await parked({}, {}, {})
  const { promise: isOpen, resolve: open } = Promise.withResolvers<void>()
  const { promise: isHeld, resolve: hold } = Promise.withResolvers<void>()
  const changing = database.db.transaction(async (tx) => {
    await tx.query('update dead_letters set edited_value = $2 where id = $1', [ids[0], anyBytes])
    hold()
    await isOpen
  })
  await isHeld
  // Its limit for locks would be over while somebody looks on.
  const limits = { lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 }
  const patient = openDb({
    ...limits,
    url: database.url,
    applicationName: 'walk',
    connectionsMax: 2,
  })
  const walking = walk(2, createLetterDesk(patient)).finally(() => patient.stop())
  await awaitUntil('the walk waits for it', async () => {
    const { rowCount } = await database.db.query('select 1 from pg_locks where not granted')
    return rowCount > 0
  })
  open()
  await changing
  await walking
  expect(await Promise.all(ids.map(stateOf))).toEqual(ids.map(() => 'replaying'))
})

async function walk(limit: number, patientDesk: LetterDesk): Promise<void> {
  const replay = { filter: everything, limit, by, isDryRun: false }
  let place: LetterPlace | null = null
  do {
    const page: Awaited<ReturnType<LetterDesk['replayMany']>> = await patientDesk.replayMany({
      ...replay,
      place,
    })
    place = page.next
  } while (place !== null)
}

test('letters are found by topic, code, consumer, state, age and id', async () => {
  const [first, second] = await parked({}, { topic: 'elsewhere' })
  await desk.discard(second as bigint, by)
  await database.db.query(`update dead_letters set parked_at = now() - interval '1 hour'
    where id = ${first}`)
  const find = async (filter: Partial<LetterFilter>) => {
    const place = { after: 0n, upTo: null }
    const found = await desk.list({ filter: { ...everything, ...filter }, place, limit: 10 })
    return found.map(({ id }) => id)
  }
  expect(await find({})).toEqual([first, second])
  expect(await find({ topic: 'elsewhere' })).toEqual([second])
  expect(await find({ state: 'parked' })).toEqual([first])
  expect(await find({ olderThanS: 1_800 })).toEqual([first])
  expect(await find({ newerThanS: 1_800 })).toEqual([second])
  expect(await find({ code: 'COMMAND_UNKNOWN', consumer: 'orders' })).toEqual([first, second])
  expect(await find({ code: 'OTHER' })).toEqual([])
  expect(await find({ ids: [second as bigint, 999n] })).toEqual([second])
})

test('what may be sensitive is shown by its form alone, and encrypted fields never', async () => {
  const value = Buffer.from('{"card":"canary-4111","tries":[1,null]}')
  await parked({ value: Buffer.from('{"card":{"$encrypted":"1.k.x"},"n":1}') })
  await park(database.db, [
    {
      record: { ...(await desk.find(only(await ids()))).letter.record, value, offset: 0n },
      consumer: 'orders',
      ...why,
      isSensitive: true,
    },
  ])
  const [open, hidden] = await Promise.all(
    (await ids()).map(async (id) => viewLetter(await desk.find(id))),
  )
  expect(open?.value?.json).toEqual({ card: '[sensitive]', n: 1 })
  expect(hidden?.value).toEqual({
    ...{ bytes: value.length, base64: null, text: null, isJson: true },
    json: { card: '[sensitive]', tries: ['[sensitive]', '[sensitive]'] },
  })
  expect(JSON.stringify(hidden)).not.toContain('canary-4111')
})

const ids = async () => (await listDeadLetters(database.db, { limit: 10 })).map(({ id }) => id)
