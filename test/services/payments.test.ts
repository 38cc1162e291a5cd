// The payment service's commands, through its participant on real Postgres.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Message, SagaId } from '../../messaging/message.ts'
import { createParticipant, type Participant } from '../../participant/index.ts'
import { paymentCommands } from '../../services/payments/commands.ts'
import { commandMessage, createStubBus, newSagaId } from '../participant/stub-bus.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'

const bus = createStubBus()
let database: TestDatabase
let participant: Participant

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'participant', 'payments'])
  const commands = paymentCommands({ amountMax: 10_000 })
  participant = createParticipant({ service: 'payments', commands })
  await participant.start({ db: database.db, bus, log: silentLog, clock: realClock })
})

afterAll(async () => {
  await participant.stop()
  await database.drop()
})

const payment = { customerId: 'c1', amount: 4_200 }

function take(sagaId: SagaId, data: unknown = payment): Message {
  const [type, topic] = ['payments.take-payment', 'payments.commands']
  return commandMessage({ sagaId, type, topic, data })
}

function refund(sagaId: SagaId, data: unknown = payment): Message {
  const [type, topic] = ['payments.refund-payment', 'payments.commands']
  return commandMessage({ sagaId, type, topic, data, direction: 'undo' })
}

async function send(...messages: readonly Message[]): Promise<readonly Message[]> {
  bus.clear()
  await bus.deliver(...messages)
  return [...bus.published]
}

async function statusOf(sagaId: SagaId) {
  const { rows } = await database.db.query('select status from payments where saga_id = $1', [
    sagaId,
  ])
  return rows.map((row) => row['status'])
}

test('a payment is taken, and refunded by its undo', async () => {
  const sagaId = newSagaId()
  const [taken, reply] = await send(take(sagaId))
  expect(taken).toMatchObject({
    type: 'payment.taken',
    topic: 'payments.events',
    data: { paymentId: sagaId, amount: 4_200 },
  })
  expect(reply).toMatchObject({ outcome: 'succeeded', data: { paymentId: sagaId } })
  expect(await statusOf(sagaId)).toEqual(['TAKEN'])
  const [refunded, second] = await send(refund(sagaId))
  expect(refunded).toMatchObject({ type: 'payment.refunded', data: { paymentId: sagaId } })
  expect(second).toMatchObject({ outcome: 'succeeded', data: null })
  expect(await statusOf(sagaId)).toEqual(['REFUNDED'])
})

test.each([
  ['declined-on-demand', { ...payment, decline: true }],
  ['amount-over-limit', { ...payment, amount: 10_001 }],
])('a payment is declined with %s and stays on record', async (reason, data) => {
  const sagaId = newSagaId()
  const [declined, reply] = await send(take(sagaId, data))
  expect(declined).toMatchObject({ type: 'payment.declined', data: { paymentId: sagaId, reason } })
  expect(reply).toMatchObject({ outcome: 'refused', data: reason })
  expect(await statusOf(sagaId)).toEqual(['DECLINED'])
})

test('the refund of a declined payment changes nothing', async () => {
  const sagaId = newSagaId()
  const data = { ...payment, decline: true }
  await send(take(sagaId, data))
  const published = await send(refund(sagaId, data))
  expect(published).toHaveLength(1)
  expect(published[0]).toMatchObject({ outcome: 'succeeded' })
  expect(await statusOf(sagaId)).toEqual(['DECLINED'])
})

test('a refund before its payment keeps the payment from ever being taken', async () => {
  const sagaId = newSagaId()
  await send(refund(sagaId))
  const [reply] = await send(take(sagaId))
  expect(reply).toMatchObject({ outcome: 'refused', data: { code: 'UNDONE_BEFORE_DONE' } })
  expect(await statusOf(sagaId)).toEqual([])
})

test('payments, declines and refunds in one batch do not disturb each other', async () => {
  const [taken, declined, refunded] = [newSagaId(), newSagaId(), newSagaId()]
  await send(
    take(taken),
    take(refunded),
    refund(refunded),
    take(declined, { ...payment, decline: true }),
  )
  expect(await statusOf(taken)).toEqual(['TAKEN'])
  expect(await statusOf(refunded)).toEqual(['REFUNDED'])
  expect(await statusOf(declined)).toEqual(['DECLINED'])
})
