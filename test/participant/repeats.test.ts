// Commands that come again at a handler whose own rows allow no second time. The kit takes a command
// to be new until something goes wrong; that must not become the fault of the command.
import { Type } from 'typebox'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { type Log, silentLog } from '../../messaging/log.ts'
import type { Message } from '../../messaging/message.ts'
import {
  createParticipant,
  defineCommand,
  handle,
  handleBatch,
  refused,
  succeeded,
} from '../../participant/index.ts'
import { commandMessage, createStubBus, newSagaId } from './stub-bus.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'

const topic = 'seats.commands'
const payload = Type.Object({ seat: Type.String() })
const book = defineCommand({ name: 'seats.book', topic, payload })
const bookAll = defineCommand({ name: 'seats.book-all', topic, payload })
const look = defineCommand({ name: 'seats.look', topic, payload })

const fill = defineCommand({ name: 'seats.fill', topic, payload })

const insert = 'insert into seats select unnest($1::text[])'
let runs = 0
const handlers = [
  handle(book, async (tx, { payload: { seat } }) => {
    runs += 1
    await tx.query(insert, [[seat]])
    return succeeded()
  }),
  handleBatch(bookAll, async (tx, commands) => {
    runs += 1
    await tx.query(insert, [commands.map(({ payload }) => payload.seat)])
    return commands.map(() => succeeded())
  }),
  // As a quota of the database would have it.
  handle(fill, async (tx, { payload: { seat } }) => {
    await tx.query(`
      do $$ begin
        if exists (select from seats where name = '${seat}') then
          raise sqlstate '53100' using message = 'disk full';
        end if;
      end $$`)
    await tx.query(insert, [[seat]])
    return succeeded()
  }),
  // It answers by what it finds, and would find its own row.
  handle(look, async (tx, { payload: { seat } }) => {
    runs += 1
    const { rows } = await tx.query('select from seats where name = $1', [seat])
    if (rows.length > 0) return refused('taken')
    await tx.query(insert, [[seat]])
    return succeeded()
  }),
]

let database: TestDatabase
beforeAll(async () => {
  const seats = 'create table seats (name text primary key)'
  database = await createTestDatabase(['messaging', 'participant'], seats)
})
afterAll(() => database.drop())
beforeEach(() => {
  runs = 0
})

async function startSeats() {
  const bus = createStubBus()
  const warned: string[] = []
  const warn = (name: string) => void warned.push(name)
  const log: Log = { ...silentLog, warn, error: warn }
  // So long that no second try comes within the test.
  const backoff = { initialMs: 60_000, maxMs: 60_000 }
  const participant = createParticipant({ service: 'seats', commands: handlers, backoff })
  await participant.start({ db: database.db, bus, log, clock: realClock })
  const send = async (...messages: Message[]) => {
    bus.clear()
    await bus.deliver(...messages)
    return bus.replies().map(({ outcome }) => outcome)
  }
  return { send, warned, stop: () => participant.stop() }
}

const command = ({ name }: { name: string }): Message =>
  commandMessage({ sagaId: newSagaId(), type: name, topic, data: { seat: newSagaId() } })

test.each([book, bookAll, look])('$name that comes again is answered at once', async (contract) => {
  const { send, warned, stop } = await startSeats()
  const known = command(contract)
  expect(await send(known)).toEqual(['succeeded'])
  expect(runs).toBe(1)
  expect(await send(known)).toEqual(['succeeded'])
  // With new ones in the same batch, which must not wait for it either.
  expect(await send(known, command(contract), command(contract))).toEqual(
    Array(3).fill('succeeded'),
  )
  expect(warned).toEqual([])
  await stop()
})

test('what fails without having come before is at fault', async () => {
  const { send, warned, stop } = await startSeats()
  const first = command(book)
  await send(first)
  const other = { ...command(book), data: first.data }
  // It is still being tried when the participant stops.
  void send(other).catch(() => undefined)
  await expect.poll(() => warned).toEqual(['participant.command.failed'])
  // Once as part of its batch, and not a second time by a look at the fence that finds nothing.
  expect(runs).toBe(2)
  await stop()
})

test('what looks like a full disk at the second run is answered all the same', async () => {
  const { send, warned, stop } = await startSeats()
  const known = command(fill)
  expect(await send(known)).toEqual(['succeeded'])
  expect(await send(known)).toEqual(['succeeded'])
  expect(warned).toEqual([])
  await stop()
})
