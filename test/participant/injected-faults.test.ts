// Faults that a participant has on purpose, batch by batch: one that did not happen, since its batch
// failed, happens when that comes again; and one that takes long holds up nobody.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Message } from '../../messaging/message.ts'
import { createFaults, createParticipant, type Faults } from '../../participant/index.ts'
import { createMemoryBroker } from '../../testing/memory-bus.ts'
import { awaitUntil } from '../system/await-until.ts'
import { add, ledgerHandlers, remove } from './ledger.ts'
import { createLedgerDatabase, startWorld, type World } from './participant-world.ts'
import { commandMessage, newSagaId } from './stub-bus.ts'
import type { TestDatabase } from './test-database.ts'

const { handlers } = ledgerHandlers()
let database: TestDatabase
let faults: Faults
let world: World
/** What stands for trouble of the database, once. */
let trouble: Error | null = null

beforeAll(async () => {
  database = await createLedgerDatabase()
})
beforeEach(async () => {
  faults = createFaults(handlers)
  const onPoint = (point: string) => {
    const error = trouble
    if (error === null || point !== 'participant.before-commit') return
    trouble = null
    throw error
  }
  world = await startWorld(database, { faults, onPoint })
})
afterEach(() => world.participant.stop())
afterAll(() => database.drop())

const adding = (): Message => commandMessage({ sagaId: newSagaId(), type: add.name })
const removing = (): Message =>
  commandMessage({ sagaId: newSagaId(), type: remove.name, direction: 'undo' })
const used = () => faults.list().map(({ left, hits }) => [left, hits])
const answers = () => world.bus.replies().map(({ key, outcome }) => [key, outcome])

test('a fault of a batch that crashed is not used up: it happens when the batch comes again', async () => {
  faults.inject(add, { kind: 'time-out' })
  faults.inject(remove, { kind: 'crash-after-commit' })
  const messages = [adding(), removing()] as const
  await expect(world.bus.deliver(...messages)).rejects.toMatchObject({ code: 'FAULT_CRASH' })
  expect(used()).toEqual([
    [1, 0],
    [0, 1],
  ])
  await world.bus.deliver(...messages)
  expect(answers()).toEqual([[messages[1].key, 'succeeded']])
  expect(used()).toEqual([
    [0, 1],
    [0, 1],
  ])
})

test('a crash that was forestalled by trouble of the database is not used up either', async () => {
  faults.inject(add, { kind: 'crash-before-commit' })
  trouble = Object.assign(new Error('it is away'), { code: 'ECONNREFUSED' })
  const message = adding()
  await expect(world.bus.deliver(message)).rejects.toThrow('it is away')
  expect(used()).toEqual([[1, 0]])
  await expect(world.bus.deliver(message)).rejects.toMatchObject({ code: 'FAULT_CRASH' })
  await world.bus.deliver(message)
  expect(answers()).toEqual([[message.key, 'succeeded']])
})

test('commands that are delayed, each in a batch of its own, hold up nobody', async () => {
  const bus = createMemoryBroker().connect()
  await bus.start()
  const topics = [add.topic, 'sagaline.replies', 'ledger.events']
  await bus.ensureTopics(topics.map((name) => ({ name, partitions: 1, replicationFactor: 1 })))
  const delayed = createParticipant({ service: 'ledger', commands: handlers, faults })
  await delayed.start({ db: database.db, bus, log: silentLog, clock: realClock })
  faults.inject(add, { kind: 'delay', ms: 600_000 }, { times: 8 })
  for (let hits = 1; hits <= 8; hits += 1) {
    await bus.publish([encodeMessage(adding())])
    await awaitUntil('it is delayed', () => faults.list()[0]?.hits === hits)
  }
  const good = adding()
  await bus.publish([encodeMessage(good)])
  await awaitUntil('the next one is done', async () => {
    const { rowCount } = await database.db.query('select 1 from ledger where saga_id = $1', [
      good.key,
    ])
    return rowCount === 1
  })
  await delayed.stop()
  await bus.stop()
})
