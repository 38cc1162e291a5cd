// Commands with sensitive fields: the handler works with plain values, while whatever is stored,
// sent or logged holds them encrypted or not at all.
import { Type } from 'typebox'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Cipher, createCipher, parseEncryptionKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import { encryptFields } from '../../messaging/encrypted-fields.ts'
import { decodeMessage, encodeMessage } from '../../messaging/envelope.ts'
import type { Log } from '../../messaging/log.ts'
import type { Message, SagaId } from '../../messaging/message.ts'
import {
  createParticipant,
  defineCommand,
  defineEvent,
  event,
  handle,
  publishEvent,
  refused,
  sensitive,
  startSaga,
  succeeded,
} from '../../participant/index.ts'
import { commandMessage, createStubBus, newSagaId, toIncoming } from './stub-bus.ts'
import { createTestDatabase, type TestDatabase } from './test-database.ts'

const canary = 'canary-4111-1111'
const secret = (byte: number) => Buffer.alloc(32, byte).toString('base64')
const cipherOf = (keys: string) => createCipher(parseEncryptionKeys(keys))
const cipher = cipherOf(`k1:${secret(1)}`)
const rotated = cipherOf(`k2:${secret(2)},k1:${secret(1)}`)

const Card = Type.Object({ number: sensitive(Type.String()), says: Type.Optional(Type.String()) })
const release = defineCommand({ name: 'cards.release', topic: 'cards.commands', payload: Card })
const reserve = defineCommand({
  name: 'cards.reserve',
  topic: 'cards.commands',
  payload: Card,
  reply: Type.Object({ token: sensitive(Type.String()), bank: Type.String() }),
  refusal: Type.Object({ code: Type.String(), number: sensitive(Type.String()) }),
  undo: release,
})
const reserved = defineEvent({
  name: 'card.reserved',
  topic: 'cards.events',
  data: Type.Object({ number: sensitive(Type.String()), bank: Type.String() }),
})

const received: string[] = []
const handlers = [
  handle(reserve, async (tx, { payload: { number, says } }) => {
    received.push(number)
    if (says === 'throw') throw new Error(`cannot reserve ${number}`)
    if (says === 'sql') await tx.query('select $1::integer', [number])
    if (says === 'refuse') return refused({ code: 'declined', number })
    const events = [event(reserved, { data: { number, bank: 'b' } })]
    return succeeded({ token: `token of ${number}`, bank: 'b' }, { events })
  }),
  handle(release, async (_, { payload: { number } }) => {
    received.push(number)
    return succeeded()
  }),
]

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'participant'], '')
})
afterAll(() => database.drop())
beforeEach(() => void received.splice(0))

/** A service with the given keys; `send` answers what it published for one command. */
async function startCards(keys: Cipher) {
  const bus = createStubBus()
  const logged: string[] = []
  const write = (name: string, fields?: unknown) =>
    void logged.push(`${name} ${inspectable(fields)}`)
  const log: Log = { debug: write, info: write, warn: write, error: write }
  const backoff = { initialMs: 1, maxMs: 2 }
  const participant = createParticipant({ service: 'cards', commands: handlers, backoff })
  await participant.start({ db: database.db, bus, log, clock: realClock, cipher: keys })
  const send = async (message: Message, written: Cipher = keys) => {
    bus.clear()
    await bus.deliver(sealed(message, written))
    return [...bus.published]
  }
  return { participant, bus, logged, send }
}

/** With what an error hides from JSON. */
function inspectable(fields: unknown): string {
  const show = (_: string, value: unknown): unknown =>
    value instanceof Error ? { ...value, text: `${value.stack} ${show('', value.cause)}` } : value
  return JSON.stringify(fields, show)
}

function sealed(message: Message, keys: Cipher): Message {
  const boundTo = message.id
  return { ...message, data: encryptFields(keys, Card, { data: message.data, boundTo }) }
}

function command(sagaId: SagaId, data: unknown, direction: 'do' | 'undo' = 'do'): Message {
  const type = direction === 'do' ? reserve.name : release.name
  return commandMessage({ sagaId, type, data, direction, topic: 'cards.commands' })
}

async function storedText(): Promise<string> {
  const tables = ['fence', 'outbox', 'dead_letters']
  const rows = await Promise.all(tables.map((table) => database.db.query(`select * from ${table}`)))
  return JSON.stringify(rows.map((one) => one.rows))
}

const bodies = (messages: readonly Message[]) => messages.map(({ id, data }) => ({ id, data }))

const plain = (message: Message | undefined) => {
  const record = toIncoming(encodeMessage(message as Message), 1n)
  return decodeMessage(record, rotated)
}

test('handlers get plain values, and what is stored or sent holds none of them', async () => {
  const { send, logged, participant } = await startCards(cipher)
  const sagaId = newSagaId()
  const published = await send(command(sagaId, { number: canary }))
  expect(received).toEqual([canary])
  expect(published.map(({ type }) => type)).toEqual(['card.reserved', 'cards.reserve.succeeded'])
  expect(plain(published[0])).toHaveProperty('data', { number: canary, bank: 'b' })
  expect(plain(published[1])).toHaveProperty('data', { token: `token of ${canary}`, bank: 'b' })
  const again = await send(command(sagaId, { number: canary }))
  expect(bodies(again)).toEqual(bodies(published))
  await send(command(sagaId, { number: canary }, 'undo'))
  expect(new Set(received)).toEqual(new Set([canary]))
  for (const text of [JSON.stringify(published), await storedText(), logged.join('\n')]) {
    expect(text).not.toContain(canary)
  }
  await participant.stop()
})

test('a command is known again after the keys have been rotated', async () => {
  const before = await startCards(cipher)
  const sagaId = newSagaId()
  const published = await before.send(command(sagaId, { number: canary }))
  await before.participant.stop()
  const after = await startCards(rotated)
  for (const keys of [cipher, rotated]) {
    const again = await after.send(command(sagaId, { number: canary }), keys)
    expect(bodies(again)).toEqual(bodies(published))
  }
  await after.participant.stop()
})

test('the same command with another sensitive value is parked', async () => {
  const { send, logged, participant } = await startCards(cipher)
  const sagaId = newSagaId()
  await send(command(sagaId, { number: canary }))
  expect(await send(command(sagaId, { number: 'another' }))).toEqual([])
  expect(logged.join('\n')).toContain('BODY_MISMATCH')
  await participant.stop()
})

test('refusals and technical errors show nothing of the value', async () => {
  const { send, logged, participant } = await startCards(cipher)
  const [refusal] = await send(command(newSagaId(), { number: canary, says: 'refuse' }))
  const [thrown] = await send(command(newSagaId(), { number: canary, says: 'throw' }))
  const [failed] = await send(command(newSagaId(), { number: canary, says: 'sql' }))
  expect(plain(refusal)).toHaveProperty('data', { code: 'declined', number: canary })
  expect(refusal).toHaveProperty('data.code', 'declined')
  expect(plain(thrown)).toHaveProperty('data.code', 'HANDLER_FAILED')
  expect(thrown?.outcome).toBe('failed')
  expect(plain(failed)).toHaveProperty('data.message', expect.stringContaining(canary))
  const lines = logged.join('\n')
  expect(lines).toContain('participant.command.failed')
  expect(lines).toContain('"sqlState":"22P02"')
  for (const text of [JSON.stringify([refusal, thrown, failed]), await storedText(), lines]) {
    expect(text).not.toContain(canary)
  }
  await participant.stop()
})

test('what cannot be decrypted is parked as it came, and holds up nobody', async () => {
  const { bus, participant } = await startCards(cipher)
  const [lost, moved, good] = [newSagaId(), newSagaId(), newSagaId()]
  const foreign = sealed(command(lost, { number: canary }), cipherOf(`k9:${secret(9)}`))
  const copied = {
    ...command(moved, {}),
    data: sealed(command(good, { number: canary }), cipher).data,
  }
  const record = toIncoming(encodeMessage(foreign), 7_000n)
  await bus.deliver(record, copied, sealed(command(good, { number: canary }), cipher))
  expect(bus.replies().map((reply) => reply.sagaId)).toEqual([good])
  const { rows } = await database.db.query(
    'select code, value from dead_letters where key = any($1::bytea[]) order by code',
    [[lost, moved].map((id) => Buffer.from(id))],
  )
  expect(rows.map(({ code }) => code)).toEqual(['ENCRYPTED_TEXT_INVALID', 'ENCRYPTION_KEY_UNKNOWN'])
  expect(rows[1]).toHaveProperty('value', record.value)
  await participant.stop()
})

test('without a key a service with such commands does not start', async () => {
  const participant = createParticipant({ service: 'cards', commands: handlers })
  const parts = { db: database.db, bus: createStubBus(), clock: realClock }
  const started = participant.start({ ...parts, log: {} as Log })
  await expect(started).rejects.toMatchObject({
    code: 'ENCRYPTION_KEY_MISSING',
    message: 'There is no encryption key, and the command cards.reserve has sensitive fields.',
  })
})

test('what a service sends by its outbox is encrypted in there', async () => {
  const told = { source: 'cards', id: 'told-1', time: realClock.now() }
  const data = { number: canary, bank: 'b' }
  await database.db.transaction(async (tx) => {
    await startSaga(tx, { source: 'cards', saga: 's', key: 'k', input: data, cipher })
    await publishEvent(tx, { ...told, event: event(reserved, { data }), cipher })
  })
  const { rows } = await database.db.query<{ value: string }>(
    'select value from outbox order by id',
  )
  expect(rows.map(({ value }) => value).join()).not.toContain(canary)
  expect(rows).toHaveLength(2)
  const keyless = database.db.transaction((tx) =>
    publishEvent(tx, { ...told, event: event(reserved, { data }) }),
  )
  await expect(keyless).rejects.toMatchObject({ code: 'ENCRYPTION_KEY_MISSING' })
})
