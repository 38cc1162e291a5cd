// What the position of a consumer of events decides beside its inbox, and when a generation that was
// built up takes over. Over the memory broker and real Postgres.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bus, SubscribeOptions } from '../../messaging/bus.ts'
import { realClock } from '../../messaging/clock.ts'
import type { Tx } from '../../messaging/db.ts'
import { type Log, silentLog } from '../../messaging/log.ts'
import { movePositions } from '../../participant/events/positions.ts'
import { takeOver } from '../../participant/events/take-over.ts'
import { startOver } from '../../participant/index.ts'
import { EventWorld, inBatches, oneByOne, reading, takenSql, topic } from './event-world.ts'
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
const run = (sql: string, ...values: readonly unknown[]) => database.db.query(sql, values)

/** The brokers know the group no more: it begins at the oldest record. */
const forgetGroup = (consumer: string) =>
  run(
    'update event_consumers set reader = left(gen_random_uuid()::text, 8) where consumer = $1',
    consumer,
  )
const forgetInbox = (consumer: string) => run('delete from inbox where consumer = $1', consumer)

function collect(lines: Record<string, unknown>[]): Log {
  const keep: Log['error'] = (event, fields) => void lines.push({ event, ...fields })
  return { ...silentLog, error: keep, warn: keep }
}

test('a position that cannot be moved is heard of by the commit alone', () => {
  const failed = Promise.reject(new Error('Connection terminated unexpectedly'))
  // As a transaction does with all that it is asked.
  failed.catch(() => undefined)
  const tx = { query: () => failed } as unknown as Tx
  expect(movePositions(tx, { consumer: 'lost', generation: 1 }, [])).toBe(failed)
})

test('what the inbox has forgotten is not taken again when the group begins at the oldest record', async () => {
  const meter = meterOf()
  const options = { ...inBatches('away'), batchRecordsMax: 4, inboxRetentionMs: 2 }
  await world.follow(options)
  await world.tell(...upTo(9).map((value) => reading(meter, value)))
  await expect.poll(() => world.taken('away', meter), patience).toEqual(upTo(9))
  world.crash()
  await forgetGroup('away')
  await forgetInbox('away')
  await world.follow(options)
  await world.tell(reading(meter, 10))
  await expect.poll(async () => (await world.taken('away', meter)).at(-1), patience).toBe(10)
  expect(await world.taken('away', meter)).toEqual(upTo(10))
})

test('a topic that was made anew is taken, though its offsets begin again', async () => {
  const meter = meterOf()
  const options = { ...inBatches('remade'), inboxRetentionMs: 2 }
  await world.follow(options)
  await world.tell(reading(meter, 1))
  await expect.poll(() => world.taken('remade', meter), patience).toEqual([1])
  await run(
    `update event_positions set next_offset = next_offset + 100000, newest_at = newest_at - interval '1 s'
     where consumer = 'remade'`,
  )
  await world.tell(reading(meter, 2))
  await expect.poll(() => world.taken('remade', meter), patience).toEqual([1, 2])
  const { rows } = await run(
    `select max(next_offset)::int as next from event_positions p where consumer = 'remade'
     and newest_at = (select max(newest_at) from event_positions where consumer = p.consumer)`,
  )
  expect((rows[0] as { next: number }).next).toBeLessThan(100_000)
})

test('rows of a backup beside a group that went on: it says so, and set back it takes what was missed', async () => {
  const meter = meterOf()
  const lines: Record<string, unknown>[] = []
  const told = upTo(5).map((value) => reading(meter, value))
  await world.follow(inBatches('backup'))
  await world.tell(...told)
  await expect.poll(() => world.taken('backup', meter), patience).toEqual(upTo(5))
  world.crash()
  const lost = told.slice(3).map(({ id }) => id)
  await run(`delete from inbox where consumer = 'backup' and event_id = any($1)`, lost)
  await run(`delete from taken where consumer = 'backup' and meter = $1 and value > 3`, meter)
  const isOurs = ({ key }: { key: Buffer | null }) => key?.toString() === meter
  const partition = world.broker.records(topic).findIndex((records) => records.some(isOurs))
  await run(
    `update event_positions set next_offset = next_offset - 2
     where consumer = 'backup' and partition = $1`,
    partition,
  )
  await world.follow(inBatches('backup'), { log: collect(lines) })
  await world.tell(reading(meter, 6))
  await expect.poll(() => world.taken('backup', meter), patience).toEqual([...upTo(3), 6])
  const missed = { event: 'consumer.records.missed', consumer: 'backup', topic, partition }
  await expect.poll(() => lines, patience).toMatchObject([missed])
  world.crash()
  await forgetGroup('backup')
  await world.follow(inBatches('backup'))
  await expect.poll(() => world.taken('backup', meter), patience).toEqual([...upTo(3), 6, 4, 5])
})

const areThere = (consumer: string) =>
  run(
    `insert into event_consumers (consumer, generation, state)
     values ($1, 1, 'serving'), ($1, 2, 'building')`,
    consumer,
  )
const isAt = (consumer: string, generation: number, at: readonly [string, number, number]) =>
  run(
    'insert into event_positions values ($1, $2, $3, $4, $5, clock_timestamp())',
    ...[consumer, generation, ...at],
  )

test('places that nobody can read any more keep no generation from taking over', async () => {
  const consumer = 'unreachable'
  await areThere(consumer)
  const taking = { db: database.db, clock: realClock, consumer }
  await isAt(consumer, 1, ['followed', 0, 40])
  await isAt(consumer, 2, ['followed', 0, 39])
  await isAt(consumer, 1, ['emptied', 0, 5_000])
  await isAt(consumer, 1, ['emptied', 1, 5_000])
  await isAt(consumer, 1, ['made anew', 0, 5_000])
  await isAt(consumer, 2, ['made anew', 0, 7])
  await isAt(consumer, 1, ['followed no more', 0, 5_000])
  const edges = async () => ({
    followed: [{ low: 0, high: 99 }],
    emptied: [
      { low: 5_000, high: 5_000 },
      { low: 6_000, high: 6_100 },
    ],
    'made anew': [{ low: 0, high: 7 }],
  })
  expect(await takeOver({ ...taking, edges })).toBe('held in vain')
  await run(
    `update event_positions set next_offset = 40
     where consumer = $1 and generation = 2 and topic = 'followed'`,
    consumer,
  )
  expect(await takeOver({ ...taking, edges })).toBe('yes')
})

test('while one is built up it is ready by the one that serves, which is not held in vain again at once', async () => {
  const consumer = 'rebuilt'
  const meter = meterOf()
  const lines: Record<string, unknown>[] = []
  const build = Promise.withResolvers<void>()
  const join = Promise.withResolvers<void>()
  let groups = 0
  const wrap = (bus: Bus): Bus =>
    Object.assign(Object.create(bus) as Bus, {
      lag: bus.lag.bind(bus),
      edges: bus.edges.bind(bus),
      problem: bus.problem.bind(bus),
      publish: bus.publish.bind(bus),
      subscribe: async (options: SubscribeOptions) => {
        groups += 1
        if (groups === 2) await join.promise
        return bus.subscribe(options)
      },
    })
  const work = oneByOne(consumer, async ({ generation, key, data: { value } }) => {
    if (generation === 2 && key === meter && value === 2) await build.promise
  })
  const options = { ...work, batchRecordsMax: 1 }
  const following = await world.follow(options, { wrap, log: collect(lines) })
  await world.tell(reading(meter, 1), reading(meter, 2))
  await expect.poll(() => world.taken(consumer, meter), patience).toEqual([1, 2])
  await startOver(database.db, consumer)
  await expect.poll(() => groups, patience).toBe(2)
  expect(await following.problem()).toBe(null)
  join.resolve()
  const late = () => lines.filter(({ event }) => event === 'consumer.generation.late').length
  await expect.poll(late, patience).toBe(1)
  // Another of its looks, and a second in which it would be held.
  await realClock.wait(2_000)
  expect(late()).toBe(1)
  build.resolve()
  expect(await following.problem()).toBe(null)
})
