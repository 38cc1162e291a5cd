// Three databases as an order system leaves them: one order completed, one declined, one taken
// back, one refused at once. Written by the engine and the store themselves, without processes.
// The audit is tested on it.
import { openDb } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import { messagingMigrations, migrate, shippedSet } from '../../messaging/migrate.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import { orchestratorMigrations } from '../../orchestrator/migrate-orchestrator.ts'
import { placeOrder } from '../../services/place-order/saga.ts'
import type { AnsweredStart } from './audit.ts'
import type { AuditedDatabases } from './audited-rows.ts'
import type { TestDatabases } from './test-databases.ts'
import { type LivedEvent, replied, writeSaga } from './written-sagas.ts'

export const quietSagas = {
  completed: '01900000-0000-7000-8000-000000000001',
  declined: '01900000-0000-7000-8000-000000000002',
  refunded: '01900000-0000-7000-8000-000000000003',
  refused: '01900000-0000-7000-8000-000000000004',
} as const

type QuietName = keyof typeof quietSagas

const startedAtMs = Date.UTC(2026, 0, 1)

export const quietStarts: readonly AnsweredStart[] = Object.entries(quietSagas).map(
  ([name, id]) => ({ id, customer: name }),
)

export async function createQuietSystem(databases: TestDatabases): Promise<AuditedDatabases> {
  const [sagas, orders, payments] = await Promise.all([
    databases.create('audit_sagas'),
    databases.create('audit_orders'),
    databases.create('audit_payments'),
  ])
  const participant = [messagingMigrations, shippedSet('participant')]
  const log = silentLog
  await migrate({ url: sagas, sets: orchestratorMigrations, log })
  await migrate({ url: orders, sets: [...participant, shippedSet('orders')], log })
  await migrate({ url: payments, sets: [...participant, shippedSet('payments')], log })
  return { sagas, orders, payments }
}

/** Brings the databases (back) to the quiet state. */
export async function fillQuietSystem(urls: AuditedDatabases): Promise<void> {
  await runSql(
    urls.sagas,
    'truncate sagas, history, timers, publish_batches, idempotency_keys, outbox, dead_letters',
  )
  await writeQuietSagas(urls.sagas)
  const { completed, declined, refunded } = quietSagas
  await runSql(
    urls.orders,
    `truncate orders, fence, served_topics, outbox, dead_letters;
     insert into served_topics values ('orders.commands', 'orders');
     insert into orders (saga_id, customer_id, amount, items, status) values
       ('${completed}', 'completed', 1, '[]', 'COMPLETED'),
       ('${declined}', 'declined', 1, '[]', 'CANCELLED'),
       ('${refunded}', 'refunded', 1, '[]', 'CANCELLED');
     insert into fence (saga_id, step, visit, state, body_hash) values
       ('${completed}', 'createOrder', 1, 'done', ''),
       ('${completed}', 'completeOrder', 1, 'done', ''),
       ('${declined}', 'createOrder', 1, 'undone', ''),
       ('${refunded}', 'createOrder', 1, 'undone', ''),
       ('${quietSagas.refused}', 'createOrder', 1, 'refused', '')`,
  )
  await runSql(
    urls.payments,
    `truncate payments, fence, served_topics, outbox, dead_letters;
     insert into served_topics values ('payments.commands', 'payments');
     insert into payments (saga_id, customer_id, amount, status) values
       ('${completed}', 'completed', 1, 'TAKEN'), ('${declined}', 'declined', 1, 'DECLINED'),
       ('${refunded}', 'refunded', 1, 'REFUNDED');
     insert into fence (saga_id, step, visit, state, body_hash) values
       ('${completed}', 'takePayment', 1, 'done', ''),
       ('${declined}', 'takePayment', 1, 'refused', ''),
       ('${refunded}', 'takePayment', 1, 'undone', '')`,
  )
}

export async function runSql(url: string, sql: string): Promise<void> {
  const db = openDb({ url, applicationName: 'test', connectionsMax: 1 })
  try {
    await db.query(sql)
  } finally {
    await db.stop()
  }
}

async function writeQuietSagas(url: string): Promise<void> {
  const db = openDb({ url, applicationName: 'test', connectionsMax: 1 })
  try {
    for (const name of Object.keys(quietSagas) as QuietName[]) {
      await writeSaga(db, { definition: placeOrder, businessKey: name, events: eventsOf(name) })
    }
  } finally {
    await db.stop()
  }
}

/** Far enough apart that every wake-up finds a timeout. */
const betweenEventsMs = 3_600_000

/** The events of each saga. */
function eventsOf(name: QuietName): readonly LivedEvent[] {
  const sagaId = quietSagas[name] as SagaId
  const input: Json = { customerId: name, amount: 1, items: [{ sku: 'book', quantity: 1 }] }
  const started: SagaEvent = { type: 'started', sagaId, input }
  const created = replied(sagaId, 'createOrder/do', 'succeeded', { orderId: sagaId })
  const cancelled = replied(sagaId, 'createOrder/undo', 'succeeded')
  const taken = replied(sagaId, 'takePayment/do', 'succeeded', { paymentId: sagaId })
  const completed = replied(sagaId, 'completeOrder/do', 'succeeded')
  const declined = replied(sagaId, 'takePayment/do', 'refused', 'declined-on-demand')
  const refunded = replied(sagaId, 'takePayment/undo', 'succeeded')
  const woken: SagaEvent = { type: 'woken' }
  const events: Readonly<Record<QuietName, readonly SagaEvent[]>> = {
    completed: [created, taken, completed],
    declined: [created, declined, cancelled],
    // Nobody answered in time, so the payment counts as unknown and is taken back.
    refunded: [created, woken, woken, woken, refunded, cancelled],
    refused: [replied(sagaId, 'createOrder/do', 'refused', 'no-items')],
  }
  return [started, ...events[name]].map((event, index) => {
    return { event, at: startedAtMs + index * betweenEventsMs }
  })
}
