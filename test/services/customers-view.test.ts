// The view of customers' orders as a process on real Kafka and Postgres: whatever is repeated, comes
// in another order or is killed, it says what was told; and it is rebuilt while it answers.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Bus } from '../../messaging/bus.ts'
import { realClock } from '../../messaging/clock.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import { createKafkaBus } from '../../messaging/kafka/kafka-bus.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Message, MessageId, SagaId } from '../../messaging/message.ts'
import { SystemProcess } from '../../services/system/system-process.ts'
import { newSagaId } from '../participant/stub-bus.ts'
import { createTestDatabase, type TestDatabase } from '../participant/test-database.ts'
import { RawKafka } from '../system/raw-kafka.ts'
import { workerBrokers } from '../worker-kafka.ts'
import { freePort } from './free-port.ts'

const brokers = workerBrokers()
const patience = { timeout: 40_000 }
const raw = new RawKafka(brokers)
let database: TestDatabase
let bus: Bus
let url: string
let environment: Readonly<Record<string, string>>
let view: SystemProcess

const program = (name: string, args: readonly string[] = []) =>
  new SystemProcess({ name, program: 'services/customers-view/main.ts', args, environment })

beforeAll(async () => {
  await raw.start()
  await raw.empty(['orders.events', 'payments.events'])
  database = await createTestDatabase([])
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  environment = {
    DATABASE_URL: database.url,
    KAFKA_BROKERS: brokers.join(','),
    HEALTH_PORT: `${port}`,
    BATCH_RECORDS_MAX: '20',
    KAFKA_SESSION_TIMEOUT_MS: '2000',
  }
  bus = createKafkaBus({ brokers, clientId: 'view-test', log: silentLog, onFatal: () => undefined })
  await bus.start()
  view = program('customers-view')
  await view.run('migrate')
  await view.start()
})

afterAll(async () => {
  await view.stop()
  await bus.stop()
  await raw.stop()
  await database.drop()
})

const amount = 1_500
const customerId = 'ann'
const data = {
  'order.created': (id: string) => ({ orderId: id, customerId, amount }),
  'order.completed': (id: string) => ({ orderId: id }),
  'order.cancelled': (id: string) => ({ orderId: id }),
  'payment.taken': (id: string) => ({ paymentId: id, amount }),
  'payment.declined': (id: string) => ({ paymentId: id, amount, reason: 'declined-on-demand' }),
  'payment.refunded': (id: string) => ({ paymentId: id, amount }),
}

function told(sagaId: SagaId, type: keyof typeof data): Message {
  const source = type.startsWith('order') ? 'orders' : 'payments'
  const id = `${sagaId}/${type}` as MessageId
  const topic = `${source}.events`
  return {
    id,
    type,
    source,
    topic,
    key: sagaId,
    sagaId,
    data: data[type](sagaId),
    time: realClock.now(),
  }
}

const publish = (messages: readonly Message[]) => bus.publish(messages.map(encodeMessage))

async function get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const answer = await fetch(`${url}${path}`)
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
}

const completed = (orderId: string) => ({
  status: 200,
  body: {
    ...{ orderId, customerId, amount, status: 'COMPLETED' },
    payment: { amount, status: 'TAKEN', declinedFor: null },
  },
})

const kinds = ['order.created', 'payment.taken', 'order.completed'] as const

test('it says the same, in whatever order the topics tell it and however often', async () => {
  const [first, second, third] = [newSagaId(), newSagaId(), newSagaId()]
  await publish(kinds.map((type) => told(first, type)))
  await expect.poll(() => get(`/orders/${first}`), patience).toMatchObject(completed(first))
  // The end before the beginning, as a process does that was frozen before it told it.
  await publish([told(second, 'payment.taken'), told(second, 'order.completed')])
  await expect
    .poll(async () => (await get(`/orders/${second}`)).body, patience)
    .toMatchObject({
      ...{ customerId: null, amount: null, status: 'COMPLETED', payment: { status: 'TAKEN' } },
    })
  await publish([told(second, 'order.created'), ...kinds.map((type) => told(first, type))])
  await expect.poll(() => get(`/orders/${second}`), patience).toMatchObject(completed(second))
  const back = ['payment.refunded', 'order.cancelled', 'payment.taken', 'order.created'] as const
  await publish(back.map((type) => told(third, type)))
  await expect
    .poll(async () => (await get(`/orders/${third}`)).body, patience)
    .toMatchObject({
      ...{ customerId, status: 'CANCELLED', payment: { status: 'REFUNDED', amount } },
    })
  const { body } = await get(`/customers/${customerId}/orders`)
  const { orders, next } = body as { orders: { orderId: string }[]; next: unknown }
  expect(orders.map(({ orderId }) => orderId)).toEqual([first, second, third].toSorted().reverse())
  expect(next).toBe(null)
  expect((await get(`/orders/${newSagaId()}`)).status).toBe(404)
  expect((await get('/orders/%00')).status).toBe(404)
  expect((await get('/customers/ann/orders?after=%00')).body).toEqual({ orders: [], next: null })
})

test('killed and started again it misses nothing, and lag is told until there is none', async () => {
  const ids = Array.from({ length: 150 }, newSagaId)
  const count = async () => {
    const sql = `select count(*)::int as n from customer_orders
      where generation = 1 and order_status = 'COMPLETED' and payment_status = 'TAKEN'`
    return (await database.db.query<{ readonly n: number }>(sql)).rows[0]?.n ?? 0
  }
  const before = await count()
  await publish(ids.flatMap((id) => kinds.map((type) => told(id, type))))
  await expect.poll(count, { ...patience, interval: 5 }).toBeGreaterThan(before)
  await view.kill()
  await view.start()
  await expect.poll(count, patience).toBe(before + ids.length)
  // Perhaps the killed one had taken all of them; one more is counted by the new one.
  const last = newSagaId()
  await publish(kinds.map((type) => told(last, type)))
  await expect.poll(count, patience).toBe(before + ids.length + 1)
  const lag = { 'orders.events': 0, 'payments.events': 0 }
  await expect
    .poll(async () => (await get('/lag')).body, patience)
    .toMatchObject({
      ...{ generation: 1, behindMs: 0, building: null, lag },
    })
  // A figure that takes long is left out of a page.
  const metrics = async () => (await fetch(`${url}/metrics`)).text()
  await expect
    .poll(metrics, patience)
    .toContain('sagaline_consumer_lag_records{topic="orders.events"} 0')
  await expect
    .poll(metrics, patience)
    .toMatch(/sagaline_events_taken_total\{event="order.created",repeat="false"\} \d+/)
}, 240_000)

test('it is rebuilt by one command while it answers, and nobody sees an order go back', async () => {
  const id = newSagaId()
  await publish(kinds.map((type) => told(id, type)))
  await expect.poll(() => get(`/orders/${id}`), patience).toMatchObject(completed(id))
  await database.db.query(
    `update customer_orders set order_status = 'PENDING', customer_id = 'bob'
    where order_id <> $1`,
    [id],
  )
  const seen: unknown[] = []
  const controller = new AbortController()
  const looking = (async () => {
    while (!controller.signal.aborted) {
      const fresh = newSagaId()
      await publish(kinds.map((type) => told(fresh, type)))
      seen.push(await get(`/orders/${id}`))
    }
  })()
  await program('rebuild').run('rebuild')
  controller.abort()
  await looking
  expect(seen.length).toBeGreaterThan(0)
  for (const answer of seen) expect(answer).toMatchObject(completed(id))
  const wrong = `select count(*)::int as n from customer_orders c
    join event_consumers e using (generation)
    where e.state = 'serving' and (customer_id is distinct from $1 or order_status = 'PENDING')`
  await expect
    .poll(async () => (await database.db.query(wrong, [customerId])).rows, patience)
    .toEqual([{ n: 0 }])
  expect((await get('/lag')).body).toMatchObject({ generation: 2 })
}, 90_000)
