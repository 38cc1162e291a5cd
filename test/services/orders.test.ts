// The order service's commands, through its participant on real Postgres.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { realClock } from '../../messaging/clock.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Message, SagaId } from '../../messaging/message.ts'
import { createParticipant, type Participant } from '../../participant/index.ts'
import { orderCommands } from '../../services/orders/commands.ts'
import { commandMessage, createStubBus, newSagaId } from '../participant/stub-bus.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'

const bus = createStubBus()
let database: TestDatabase
let participant: Participant

beforeAll(async () => {
  database = await createTestDatabase(['messaging', 'participant', 'orders'])
  participant = createParticipant({
    service: 'orders',
    commands: orderCommands,
    backoff: { initialMs: 1, maxMs: 1 },
  })
  await participant.start({ db: database.db, bus, log: silentLog, clock: realClock })
})

afterAll(async () => {
  await participant.stop()
  await database.drop()
})

const order = { customerId: 'c1', amount: 4_200, items: [{ sku: 'book', quantity: 2 }] }

type Step = 'create-order' | 'complete-order' | 'cancel-order'

function message(sagaId: SagaId, step: Step, data: unknown = order): Message {
  return commandMessage({
    sagaId,
    type: `orders.${step}`,
    topic: 'orders.commands',
    step: step === 'complete-order' ? 'complete' : 'create',
    direction: step === 'cancel-order' ? 'undo' : 'do',
    data: step === 'complete-order' ? {} : data,
  })
}

async function send(...messages: readonly Message[]): Promise<readonly Message[]> {
  bus.clear()
  await bus.deliver(...messages)
  return [...bus.published]
}

async function rowOf(sagaId: SagaId) {
  const { rows } = await database.db.query(
    'select customer_id, amount, items, status from orders where saga_id = $1',
    [sagaId],
  )
  return rows[0]
}

test('a created order is PENDING until it is completed', async () => {
  const sagaId = newSagaId()
  const [created, reply] = await send(message(sagaId, 'create-order'))
  expect(created).toMatchObject({
    type: 'order.created',
    topic: 'orders.events',
    data: { orderId: sagaId, customerId: 'c1', amount: 4_200 },
  })
  expect(reply).toMatchObject({ outcome: 'succeeded', data: { orderId: sagaId } })
  expect(await rowOf(sagaId)).toEqual({
    customer_id: 'c1',
    amount: 4_200,
    items: order.items,
    status: 'PENDING',
  })
  const [completed, second] = await send(message(sagaId, 'complete-order'))
  expect(completed).toMatchObject({ type: 'order.completed', data: { orderId: sagaId } })
  expect(second).toMatchObject({ outcome: 'succeeded', data: null })
  expect(await rowOf(sagaId)).toMatchObject({ status: 'COMPLETED' })
})

test('a cancelled order stays, as CANCELLED', async () => {
  const sagaId = newSagaId()
  await send(message(sagaId, 'create-order'))
  const [cancelled, reply] = await send(message(sagaId, 'cancel-order'))
  expect(cancelled).toMatchObject({ type: 'order.cancelled', data: { orderId: sagaId } })
  expect(reply).toMatchObject({ outcome: 'succeeded', direction: 'undo' })
  expect(await rowOf(sagaId)).toMatchObject({ status: 'CANCELLED' })
})

test.each([
  ['no-items', { ...order, items: [] }],
  ['sku-unavailable', { ...order, items: [{ sku: 'unavailable', quantity: 1 }] }],
])('an order is refused with %s and leaves no row', async (reason, data) => {
  const [good, bad] = [newSagaId(), newSagaId()]
  const published = await send(message(good, 'create-order'), message(bad, 'create-order', data))
  const reply = published.find(({ key, outcome }) => key === bad && outcome !== undefined)
  expect(reply).toMatchObject({ outcome: 'refused', data: reason })
  expect(published.filter(({ key }) => key === bad)).toHaveLength(1)
  expect(await rowOf(bad)).toBeUndefined()
  expect(await rowOf(good)).toMatchObject({ status: 'PENDING' })
})

test.each([
  ['an amount of nothing', { ...order, amount: 0 }],
  ['half a cent', { ...order, amount: 0.5 }],
  ['an unknown field', { ...order, note: 'x' }],
  ['too many items', { ...order, items: Array(101).fill(order.items[0]) }],
])('an order with %s breaks the contract', async (_, data) => {
  const [reply] = await send(message(newSagaId(), 'create-order', data))
  expect(reply).toMatchObject({ outcome: 'refused', data: { code: 'PAYLOAD_INVALID' } })
})

test('an order that is not PENDING cannot be completed', async () => {
  const sagaId = newSagaId()
  await send(message(sagaId, 'create-order'))
  await send(message(sagaId, 'cancel-order'))
  const other = newSagaId()
  await send(message(other, 'create-order'))
  const published = await send(message(sagaId, 'complete-order'), message(other, 'complete-order'))
  const replies = published.filter(({ outcome }) => outcome !== undefined)
  expect(replies.find(({ key }) => key === sagaId)).toMatchObject({
    outcome: 'failed',
    data: { code: 'ORDER_NOT_PENDING' },
  })
  expect(replies.find(({ key }) => key === other)?.outcome).toBe('succeeded')
  expect(await rowOf(sagaId)).toMatchObject({ status: 'CANCELLED' })
})
