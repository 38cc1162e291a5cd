// Three databases as an order system leaves them: one order completed, one declined, one taken
// back, one refused at once. Written by the engine and the store themselves, without processes.
// The audit is tested on it.
import { noKeys } from '../../messaging/cipher.ts'
import { openDb } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import type { Json, MessageId, SagaId } from '../../messaging/message.ts'
import { messagingMigrations, migrate, shippedSet } from '../../messaging/migrate.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { orchestratorMigrations } from '../../orchestrator/migrate-orchestrator.ts'
import type { HistoryEntry } from '../../orchestrator/store/history-entry.ts'
import { insertSagas } from '../../orchestrator/store/insert-sagas.ts'
import { deletePublishBatches } from '../../orchestrator/store/publish-batches.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { writeSagas } from '../../orchestrator/store/write-sagas.ts'
import { placeOrder } from '../../services/place-order/saga.ts'
import type { AnsweredStart } from './audit.ts'
import type { AuditedDatabases } from './audited-rows.ts'
import type { TestDatabases } from './test-databases.ts'

export const quietSagas = {
  completed: '01900000-0000-7000-8000-000000000001',
  declined: '01900000-0000-7000-8000-000000000002',
  refunded: '01900000-0000-7000-8000-000000000003',
  refused: '01900000-0000-7000-8000-000000000004',
} as const

type QuietName = keyof typeof quietSagas

const batchId = '01900000-0000-7000-8000-0000000000ff'
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
    `truncate orders, fence, outbox, dead_letters;
     insert into orders (saga_id, customer_id, amount, items, status) values
       ('${completed}', 'completed', 1, '[]', 'COMPLETED'),
       ('${declined}', 'declined', 1, '[]', 'CANCELLED'),
       ('${refunded}', 'refunded', 1, '[]', 'CANCELLED');
     insert into fence (saga_id, step, visit, state) values
       ('${completed}', 'createOrder', 1, 'done'), ('${completed}', 'completeOrder', 1, 'done'),
       ('${declined}', 'createOrder', 1, 'undone'), ('${refunded}', 'createOrder', 1, 'undone'),
       ('${quietSagas.refused}', 'createOrder', 1, 'refused')`,
  )
  await runSql(
    urls.payments,
    `truncate payments, fence, outbox, dead_letters;
     insert into payments (saga_id, customer_id, amount, status) values
       ('${completed}', 'completed', 1, 'TAKEN'), ('${declined}', 'declined', 1, 'DECLINED'),
       ('${refunded}', 'refunded', 1, 'REFUNDED');
     insert into fence (saga_id, step, visit, state) values
       ('${completed}', 'takePayment', 1, 'done'), ('${declined}', 'takePayment', 1, 'refused'),
       ('${refunded}', 'takePayment', 1, 'undone')`,
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

const rows = createRowCipher(createRegistry([placeOrder]), noKeys)

async function writeQuietSagas(url: string): Promise<void> {
  const db = openDb({ url, applicationName: 'test', connectionsMax: 1 })
  try {
    for (const name of Object.keys(quietSagas) as QuietName[]) {
      const entries = livedThrough(name)
      const [first] = entries
      const last = entries.at(-1)
      if (first === undefined || last === undefined) throw new Error(`${name} has no history`)
      const { hash } = placeOrder
      const row = {
        definitionHash: hash,
        businessKey: name,
        correlationId: null,
        attributes: {},
        wakeAt: null,
        key: null,
        bodyHash: null,
      }
      const sagas = [{ saga: first.saga, history: [first], ...row }]
      await insertSagas(db, { batchId, sagas, rows })
      await db.transaction(async (tx) => {
        const changed = [{ saga: last.saga, wakeAt: null, wake: 'drop', grows: true } as const]
        const history = entries.slice(1)
        await writeSagas(tx, { changed, history, batchId, publishing: [], now: startedAtMs, rows })
      })
      await deletePublishBatches(db, [batchId])
    }
  } finally {
    await db.stop()
  }
}

/** The events of each saga, through the engine. */
function livedThrough(name: QuietName): readonly HistoryEntry[] {
  const sagaId = quietSagas[name] as SagaId
  const input: Json = { customerId: name, amount: 1, items: [{ sku: 'book', quantity: 1 }] }
  const started: SagaEvent = { type: 'started', sagaId, input }
  const replied = (command: string, outcome: 'succeeded' | 'refused', data: Json): SagaEvent => ({
    type: 'replied',
    commandId: `${sagaId}/${command}/1` as MessageId,
    outcome,
    attempt: 1,
    data,
  })
  const created = replied('createOrder/do', 'succeeded', { orderId: sagaId })
  const cancelled = replied('createOrder/undo', 'succeeded', null)
  const taken = replied('takePayment/do', 'succeeded', { paymentId: sagaId })
  const events: Readonly<Record<QuietName, readonly SagaEvent[]>> = {
    completed: [created, taken, replied('completeOrder/do', 'succeeded', null)],
    declined: [created, replied('takePayment/do', 'refused', 'declined-on-demand'), cancelled],
    // Nobody answered in time, so the payment counts as unknown and is taken back.
    refunded: [created, ...woken(3), replied('takePayment/undo', 'succeeded', null), cancelled],
    refused: [replied('createOrder/do', 'refused', 'no-items')],
  }
  return fold(name, [started, ...events[name]])
}

const woken = (times: number): readonly SagaEvent[] =>
  Array.from({ length: times }, () => ({ type: 'woken' }))

/** Far enough apart that every wake-up finds a timeout. */
const betweenEventsMs = 3_600_000

function fold(name: QuietName, events: readonly SagaEvent[]): readonly HistoryEntry[] {
  const entries: HistoryEntry[] = []
  let saga: Saga | null = null
  events.forEach((event, index) => {
    const at = startedAtMs + index * betweenEventsMs
    const { saga: after, facts } = advance(placeOrder, saga, event, at)
    entries.push({ saga: after, event, facts, at, businessKey: name })
    saga = after
  })
  return entries
}
