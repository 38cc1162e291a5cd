// What a participant does beside answering: forgets old fence rows, relays what its service wrote
// to the outbox, and tells how it is. Over the memory bus, as a process would run it.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { decodeMessage, encodeMessage } from '../../messaging/envelope.ts'
import { silentLog } from '../../messaging/log.ts'
import { missingMigrations } from '../../messaging/missing-migrations.ts'
import { FenceCleaner } from '../../participant/fence-cleaner.ts'
import { createParticipant, event, publishEvent, startSaga } from '../../participant/index.ts'
import { participantMigrations } from '../../participant/migrations.ts'
import { createMemoryBroker } from '../../testing/memory-bus.ts'
import { added, ledgerHandlers, ledgerOf } from './ledger.ts'
import { createLedgerDatabase } from './participant-world.ts'
import { commandMessage, newSagaId, newV4 } from './stub-bus.ts'
import type { TestDatabase } from './test-database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createLedgerDatabase()
})

afterAll(() => database.drop())

const dayMs = 24 * 60 * 60_000

/** A UUIDv7 of the time, and a fence row of that age. */
async function addFence(options: { readonly idDaysOld: number; readonly rowDaysOld: number }) {
  const started = realClock.now().getTime() - options.idDaysOld * dayMs
  const hex = started.toString(16).padStart(12, '0')
  const id = `${hex.slice(0, 8)}-${hex.slice(8)}-7${newV4().slice(15)}`
  await database.db.query(
    `insert into fence (saga_id, step, visit, state, created_at)
     values ($1, 'step', 1, 'done', clock_timestamp() - make_interval(days => $2))`,
    [id, options.rowDaysOld],
  )
  return id
}

test('fence rows are forgotten once they are older than the retention, and not before', async () => {
  const old = await addFence({ idDaysOld: 40, rowDaysOld: 35 })
  const kept = [
    await addFence({ idDaysOld: 40, rowDaysOld: 29 }),
    await addFence({ idDaysOld: 29, rowDaysOld: 29 }),
    await addFence({ idDaysOld: 0, rowDaysOld: 0 }),
  ]
  const retentionMs = 30 * dayMs
  const cleaner = new FenceCleaner({
    db: database.db,
    clock: realClock,
    log: silentLog,
    retentionMs,
    onPoint: () => undefined,
  })
  expect(await cleaner.clean()).toBe(1)
  const { rows } = await database.db.query('select saga_id from fence where saga_id = any($1)', [
    [old, ...kept],
  ])
  expect(rows.map((row) => row['saga_id']).sort()).toEqual([...kept].sort())
})

const topics = ['ledger.commands', 'ledger.events', 'sagaline.replies', 'sagaline.starts']

async function startOnBus() {
  const broker = createMemoryBroker()
  const bus = broker.connect()
  await bus.start()
  await bus.ensureTopics(topics.map((name) => ({ name, partitions: 2, replicationFactor: 1 })))
  const participant = createParticipant({ service: 'ledger', commands: ledgerHandlers().handlers })
  await participant.start({ db: database.db, bus, log: silentLog, clock: realClock })
  const messages = (topic: string) =>
    broker
      .records(topic)
      .flat()
      .map((record) => decodeMessage(record))
  const stop = async () => {
    await participant.stop()
    await bus.stop()
  }
  return { broker, bus, participant, messages, stop }
}

test('a saga and an event of the service’s own are published once its transaction commits', async () => {
  const { participant, messages, stop } = await startOnBus()
  const write = (key: string) =>
    database.db.transaction(async (tx) => {
      await startSaga(tx, { source: 'ledger', saga: 'sum-up', key, input: { a: 1 } })
      const told = event(added, { data: { amount: 3 }, key: 'k' })
      await publishEvent(tx, {
        source: 'ledger',
        id: `told-${key}`,
        event: told,
        time: realClock.now(),
      })
      if (key === 'rolled-back') throw new Error('no')
    })
  await expect(write('rolled-back')).rejects.toThrow('no')
  await write('first')
  participant.wakeOutbox()
  await expect.poll(() => messages('ledger.events')).toHaveLength(1)
  expect(messages('sagaline.starts')).toMatchObject([
    {
      type: 'sagaline.start-saga',
      key: 'first',
      data: { saga: 'sum-up', key: 'first', input: { a: 1 } },
    },
  ])
  expect(messages('ledger.events')).toMatchObject([
    { id: 'told-first', type: 'ledger.added', key: 'k', data: { amount: 3 } },
  ])
  await stop()
})

test('hundreds of commands over a bus are answered once each, and their offsets are kept', async () => {
  const { broker, bus, messages, stop } = await startOnBus()
  const sagaIds = Array.from({ length: 500 }, newSagaId)
  await bus.publish(
    sagaIds.map((sagaId) => encodeMessage(commandMessage({ sagaId, type: 'ledger.add' }))),
  )
  await expect.poll(() => messages('sagaline.replies').length, { timeout: 10_000 }).toBe(500)
  await stop()
  const taken = broker.committed('ledger', 'ledger.commands').reduce((sum, one) => sum + one, 0n)
  expect(taken).toBe(500n)
  expect(await ledgerOf(database.db, sagaIds[250] ?? '')).toEqual({ sum: 1, rows: 1 })
})

test('a participant is ready while it runs, and says why when it is not', async () => {
  const { participant, stop, bus } = await startOnBus()
  await expect.poll(() => participant.problem()).toBeNull()
  await expect(
    participant.start({ db: database.db, bus, log: silentLog, clock: realClock }),
  ).rejects.toMatchObject({ code: 'PARTICIPANT_RUNNING' })
  await stop()
  expect(await participant.problem()).not.toBeNull()
})

test('a service notes which topics it takes commands from, and the last one to start counts', async () => {
  const noted = async () =>
    (await database.db.query('select topic, service from served_topics')).rows
  const earlier = `insert into served_topics values ('ledger.commands', 'earlier')`
  await database.db.query(`${earlier} on conflict (topic) do update set service = 'earlier'`)
  const { stop } = await startOnBus()
  expect(await noted()).toEqual([{ topic: 'ledger.commands', service: 'ledger' }])
  await stop()
})

test('a service that cannot note its topics works all the same', async () => {
  await database.db.query('alter table served_topics rename to away')
  const { participant, stop } = await startOnBus()
  await expect.poll(() => participant.problem()).toBeNull()
  await stop()
  await database.db.query('alter table away rename to served_topics')
})

test('two handlers for one command are refused', () => {
  const { handlers } = ledgerHandlers()
  expect(() => createParticipant({ service: 'x', commands: [...handlers, ...handlers] })).toThrow(
    'ledger.add has two handlers.',
  )
})

test('missing migrations are named', async () => {
  expect(await missingMigrations(database.db, participantMigrations)).toEqual([])
  const { directory } = participantMigrations[1] ?? { directory: '' }
  const other = { name: 'never_applied', directory }
  const missing = await missingMigrations(database.db, [other])
  expect(missing).toEqual([
    'never_applied/0001_fence',
    'never_applied/0002_served_topics',
    'never_applied/0003_outside_calls',
    'never_applied/0004_event_consumers',
  ])
})
