// Handlers that throw, answer nonsense, hang or lose their database: who is answered how, and that
// nobody else in the batch has to suffer for it.
import { Type } from 'typebox'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Message } from '../../messaging/message.ts'
import { defineCommand, handle, refused, succeeded } from '../../participant/index.ts'
import { ledgerOf } from './ledger.ts'
import {
  createLedgerDatabase,
  startWorld,
  type World,
  type WorldOptions,
} from './participant-world.ts'
import { commandMessage, newSagaId } from './stub-bus.ts'
import type { TestDatabase } from './test-database.ts'

let database: TestDatabase
const worlds: World[] = []

beforeAll(async () => {
  database = await createLedgerDatabase()
})

afterEach(async () => {
  for (const world of worlds.splice(0)) await world.participant.stop()
})

afterAll(() => database.drop())

async function start(options: WorldOptions = {}): Promise<World> {
  const world = await startWorld(database, options)
  worlds.push(world)
  return world
}

const batchOf = (count: number, ...says: readonly string[]): readonly Message[] =>
  Array.from({ length: count }, (_, index) => {
    const word = says[index]
    const data = word === undefined ? { amount: 1 } : { amount: 1, says: word }
    return commandMessage({ sagaId: newSagaId(), type: 'ledger.add', data })
  })

const outcomes = (world: World) => {
  const byCommand = new Map(world.bus.replies().map((reply) => [reply.causationId, reply]))
  return (messages: readonly Message[]) => messages.map(({ id }) => byCommand.get(id)?.outcome)
}

test('one command that always throws is answered failed, the others succeed', async () => {
  const world = await start()
  const messages = batchOf(20, 'ok', 'throw')
  await world.bus.deliver(...messages)
  const [, bad, ...good] = outcomes(world)(messages)
  expect(bad).toBe('failed')
  expect(new Set(good)).toEqual(new Set(['succeeded']))
  const reply = world.bus.replies().find(({ outcome }) => outcome === 'failed')
  expect(reply?.data).toEqual({
    code: 'HANDLER_FAILED',
    message: 'The handler of ledger.add failed: thrown on demand',
  })
  expect(await ledgerOf(database.db, messages[1]?.key ?? '')).toEqual({ sum: 0, rows: 0 })
  expect(await ledgerOf(database.db, messages[2]?.key ?? '')).toEqual({ sum: 1, rows: 1 })
})

test('a failure is not remembered: the same command sent again may succeed', async () => {
  const failing = await start()
  const [message] = batchOf(1, 'throw') as [Message]
  expect((await failing.send(message)).map(({ outcome }) => outcome)).toEqual(['failed'])
  const mended = await start({ throwsMax: 0 })
  expect((await mended.send(message)).at(-1)?.outcome).toBe('succeeded')
})

test('a command that throws once is tried again without a failed answer', async () => {
  const world = await start({ throwsMax: 1 })
  const [message] = batchOf(1, 'throw') as [Message]
  expect((await world.send(message)).at(-1)?.outcome).toBe('succeeded')
  expect(await ledgerOf(database.db, message.key)).toEqual({ sum: 1, rows: 1 })
})

test('a handler is tried as often as attempts says', async () => {
  const world = await start({ attempts: 4 })
  const [message] = batchOf(1, 'throw') as [Message]
  await world.send(message)
  expect(world.calls).toHaveLength(4)
})

test('the next batch does not wait for a command that is being tried again', async () => {
  const world = await start({ backoff: { initialMs: 2_000, maxMs: 2_000 }, attempts: 2 })
  const [bad, good] = [...batchOf(1, 'throw'), ...batchOf(1)] as [Message, Message]
  const failing = world.bus.deliver(bad)
  await world.bus.deliver(good)
  expect(outcomes(world)([bad, good])).toEqual([undefined, 'succeeded'])
  await failing
  expect(outcomes(world)([bad])).toEqual(['failed'])
})

test('a batch in which all throw is answered, in few calls', async () => {
  const world = await start({ attempts: 1 })
  const messages = batchOf(64, ...Array.from({ length: 64 }, () => 'throw'))
  await world.bus.deliver(...messages)
  expect(new Set(outcomes(world)(messages))).toEqual(new Set(['failed']))
  expect(world.calls.length).toBeLessThan(2 * 64)
})

test('one that throws among many costs a handful of transactions', async () => {
  const world = await start({ attempts: 1 })
  const messages = batchOf(128, 'throw')
  await world.bus.deliver(...messages)
  expect(world.calls.length).toBeLessThan(2 * 8)
})

test('an answer that does not fit its contract counts as a throw', async () => {
  const world = await start()
  const messages = batchOf(3, 'misfit')
  await world.bus.deliver(...messages)
  expect(outcomes(world)(messages)).toEqual(['failed', 'succeeded', 'succeeded'])
  const reply = world.bus.replies().find(({ outcome }) => outcome === 'failed')
  expect(reply?.data).toMatchObject({ code: 'REPLY_INVALID' })
})

test('beyond the limit of waiting commands a throw is answered failed at once', async () => {
  const world = await start({ retriesMax: 1, backoff: { initialMs: 200, maxMs: 200 } })
  const messages = batchOf(3, 'throw', 'throw', 'throw')
  await world.bus.deliver(...messages)
  expect(outcomes(world)(messages)).toEqual(['failed', 'failed', 'failed'])
})

const odd = defineCommand({
  name: 'ledger.odd',
  topic: 'ledger.commands',
  payload: Type.Object({ says: Type.String() }),
})

const oddMessage = (says: string) =>
  commandMessage({ sagaId: newSagaId(), type: 'ledger.odd', data: { says } })

test('a handler that hangs is cut off, and what it does afterwards changes nothing', async () => {
  let late: Promise<unknown> = Promise.resolve()
  const world = await start({
    attempts: 1,
    handlerMsMax: 50,
    commands: [
      handle(odd, async (tx, { sagaId }) => {
        await new Promise((resolve) => setTimeout(resolve, 150))
        late = tx.query(`insert into ledger values ($1, 'late', 1)`, [sagaId])
        await late
        return succeeded()
      }),
    ],
  })
  const message = oddMessage('hang')
  const [reply] = await world.send(message)
  expect(reply).toMatchObject({ outcome: 'failed', data: { code: 'HANDLER_TIMEOUT' } })
  await new Promise((resolve) => setTimeout(resolve, 150))
  await expect(late).rejects.toMatchObject({ code: 'TRANSACTION_OVER' })
  expect(await ledgerOf(database.db, message.key)).toEqual({ sum: 0, rows: 0 })
})

test('a statement that fails without being awaited is found, and blamed on its command', async () => {
  const world = await start({
    attempts: 1,
    commands: [
      handle(odd, async (tx, { payload }) => {
        if (payload.says === 'bad') void tx.query('select 1 / 0')
        return succeeded()
      }),
    ],
  })
  const messages = [oddMessage('good'), oddMessage('bad'), oddMessage('good'), oddMessage('good')]
  await world.bus.deliver(...messages)
  expect(outcomes(world)(messages)).toEqual(['succeeded', 'failed', 'succeeded', 'succeeded'])
})

test('a constraint that is checked at the commit is blamed on its command', async () => {
  await database.db.query(`
    create table parents (id integer primary key);
    create table children (parent integer references parents deferrable initially deferred)`)
  const world = await start({
    attempts: 1,
    commands: [
      handle(odd, async (tx, { payload }) => {
        if (payload.says === 'bad') await tx.query('insert into children values (1)')
        return succeeded()
      }),
    ],
  })
  const messages = [oddMessage('good'), oddMessage('bad')]
  await world.bus.deliver(...messages)
  expect(outcomes(world)(messages)).toEqual(['succeeded', 'failed'])
})

test('a lost connection is nobody’s fault: the batch fails and is answered when it comes again', async () => {
  let isUp = false
  const world = await start({
    commands: [
      handle(odd, async (tx) => {
        if (!isUp) await tx.query('select pg_terminate_backend(pg_backend_pid())')
        return succeeded()
      }),
    ],
  })
  const messages = [oddMessage('x'), oddMessage('x')]
  await expect(world.bus.deliver(...messages)).rejects.toThrow()
  expect(world.bus.published).toEqual([])
  isUp = true
  await world.bus.deliver(...messages)
  expect(outcomes(world)(messages)).toEqual(['succeeded', 'succeeded'])
})

test('a connection error from elsewhere than the database is the handler’s own', async () => {
  const world = await start({
    attempts: 1,
    commands: [
      handle(odd, async (_, { payload }) => {
        if (payload.says === 'bad') throw Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
        return refused('no')
      }),
    ],
  })
  const messages = [oddMessage('bad'), oddMessage('good')]
  await world.bus.deliver(...messages)
  expect(outcomes(world)(messages)).toEqual(['failed', 'refused'])
})

test('stopping ends the waiting for another try; the command is left for the next delivery', async () => {
  const world = await start({ backoff: { initialMs: 60_000, maxMs: 60_000 } })
  const [message] = batchOf(1, 'throw') as [Message]
  const delivering = expect(world.bus.deliver(message)).rejects.toMatchObject({
    code: 'PARTICIPANT_STOPPED',
  })
  await expect.poll(() => world.calls.length).toBeGreaterThan(0)
  await world.participant.stop()
  await delivering
  expect(world.bus.published).toEqual([])
})
