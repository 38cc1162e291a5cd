// Records that can never be handled: parked with their reason, and in nobody's way.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { IncomingRecord } from '../../messaging/bus.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { Message } from '../../messaging/message.ts'
import { listDeadLetters } from '../messaging/list-dead-letters.ts'
import { ledgerOf } from './ledger.ts'
import { createLedgerDatabase, startWorld, type World } from './participant-world.ts'
import { commandMessage, newSagaId, toIncoming } from './stub-bus.ts'
import type { TestDatabase } from './test-database.ts'

let database: TestDatabase
let world: World
let offset = 1_000n

beforeAll(async () => {
  database = await createLedgerDatabase()
  world = await startWorld(database)
})

afterAll(async () => {
  await world.participant.stop()
  await database.drop()
})

const good = (): Message => commandMessage({ sagaId: newSagaId(), type: 'ledger.add' })

const recordOf = (message: Message): IncomingRecord => {
  offset += 1n
  return toIncoming(encodeMessage(message), offset)
}

const without = (record: IncomingRecord, header: string): IncomingRecord => ({
  ...record,
  headers: Object.fromEntries(Object.entries(record.headers).filter(([name]) => name !== header)),
})

/** Delivers the record between two good commands, which must succeed; returns its dead letter. */
async function parked(record: IncomingRecord) {
  const [before, after] = [good(), good()]
  const known = (await listDeadLetters(database.db, { limit: 1_000 })).length
  world.bus.clear()
  await world.bus.deliver(before, record, after)
  for (const { id } of [before, after]) {
    const reply = world.bus.replies().find(({ causationId }) => causationId === id)
    expect(reply?.outcome).toBe('succeeded')
  }
  const letters = await listDeadLetters(database.db, { limit: 1_000 })
  expect(letters).toHaveLength(known + 1)
  const letter = letters.at(-1)
  expect(letter?.record.value).toEqual(record.value)
  expect(letter?.consumer).toBe('ledger')
  return letter
}

test.each([
  ['no value', { value: null }],
  ['a value that is not JSON', { value: Buffer.from('{') }],
  ['a value that is not UTF-8', { value: Buffer.from([0xff, 0xfe]) }],
  ['a forbidden key', { value: Buffer.from('{"__proto__":{"x":1}}') }],
  ['no key', { key: null }],
])('a record with %s is parked', async (_, change) => {
  const letter = await parked({ ...recordOf(good()), ...change })
  expect(letter?.code).toBe('COMMAND_MALFORMED')
})

test.each(['ce_id', 'ce_type', 'ce_sagaid', 'ce_step', 'ce_visit', 'ce_direction'])(
  'a record without %s is parked',
  async (header) => {
    const letter = await parked(without(recordOf(good()), header))
    expect(letter?.code).toBe('COMMAND_MALFORMED')
  },
)

test('a record that wants its reply elsewhere is parked', async () => {
  const letter = await parked(recordOf({ ...good(), replyTo: 'no.such.topic' }))
  expect(letter?.code).toBe('COMMAND_MALFORMED')
  expect(letter?.reason).toContain('ce_replyto')
})

test('an unknown command is parked and not answered', async () => {
  const message = { ...good(), type: 'ledger.fly' }
  const letter = await parked(recordOf(message))
  expect(letter).toMatchObject({
    code: 'COMMAND_UNKNOWN',
    reason: 'The service ledger handles no command ledger.fly.',
  })
  expect(world.bus.replies().map(({ causationId }) => causationId)).not.toContain(message.id)
})

test('a do that is sent as an undo is parked instead of having its effect twice', async () => {
  const message = good()
  await world.send(message)
  const letter = await parked(recordOf({ ...message, direction: 'undo' }))
  expect(letter?.code).toBe('COMMAND_MALFORMED')
  expect(await ledgerOf(database.db, message.key)).toEqual({ sum: 1, rows: 1 })
})

test('a payload that does not fit is parked and refused for good', async () => {
  const message = { ...good(), data: { amount: 'much' } }
  const letter = await parked(recordOf(message))
  expect(letter?.code).toBe('PAYLOAD_INVALID')
  const reply = world.bus.replies().find(({ causationId }) => causationId === message.id)
  expect(reply).toMatchObject({ outcome: 'refused', data: { code: 'PAYLOAD_INVALID' } })
  const [again] = await world.send(message)
  expect(again).toMatchObject({ outcome: 'refused', data: reply?.data })
  expect(await ledgerOf(database.db, message.key)).toEqual({ sum: 0, rows: 0 })
})

test('an undo whose payload does not fit is refused, and can be sent again mended', async () => {
  const message = good()
  await world.send(message)
  const undo = commandMessage({
    ...message,
    sagaId: message.sagaId as never,
    type: 'ledger.remove',
    direction: 'undo',
    id: `${message.sagaId}/step/undo/1` as never,
  })
  const [first] = await world.send({ ...undo, data: {} })
  expect(first).toMatchObject({ outcome: 'refused', data: { code: 'PAYLOAD_INVALID' } })
  const second = await world.send(undo)
  expect(second.at(-1)?.outcome).toBe('succeeded')
  expect(await ledgerOf(database.db, message.key)).toEqual({ sum: 0, rows: 2 })
})

test('a poison record that is delivered twice is parked once', async () => {
  const record = { ...recordOf(good()), value: null }
  await parked(record)
  const known = (await listDeadLetters(database.db, { limit: 1_000 })).length
  await world.bus.deliver(record)
  expect(await listDeadLetters(database.db, { limit: 1_000 })).toHaveLength(known)
})
