// What the audit looks at: the rows of the three databases of an order system, read by plain SQL
// of its own, so that a mistake in the product's statements cannot hide itself.
import { type Db, openDb, type Row } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Fact, SagaEvent } from '../../orchestrator/engine/event.ts'
import type { StepState } from '../../orchestrator/engine/saga.ts'

export type AuditedDatabases = Readonly<Record<'sagas' | 'orders' | 'payments', string>>

export type AuditedSaga = {
  readonly id: SagaId
  readonly status: string
  readonly revision: number
  readonly customer: string | null
  readonly isEndDated: boolean
  readonly steps: readonly StepState[]
  readonly history: readonly AuditedEntry[]
}

export type AuditedEntry = {
  readonly seq: number
  readonly atMs: number
  readonly status: string
  readonly event: SagaEvent
  readonly facts: readonly Fact[]
}

/** A row of `orders` or of `payments`. */
export type BusinessRow = {
  readonly sagaId: string
  readonly customer: string
  readonly status: string
}

export type FenceRow = { readonly sagaId: string; readonly step: string; readonly state: string }

/** A row that must be gone when all is quiet, e.g. of `timers`. */
export type Leftover = { readonly table: string; readonly what: string }

export type AuditedRows = {
  readonly sagas: readonly AuditedSaga[]
  readonly orders: readonly BusinessRow[]
  readonly payments: readonly BusinessRow[]
  readonly orderFences: readonly FenceRow[]
  readonly paymentFences: readonly FenceRow[]
  readonly leftovers: readonly Leftover[]
}

export async function readAuditedRows(databases: AuditedDatabases): Promise<AuditedRows> {
  const open = (url: string) => openDb({ url, applicationName: 'audit', connectionsMax: 1 })
  const sagasDb = open(databases.sagas)
  const ordersDb = open(databases.orders)
  const paymentsDb = open(databases.payments)
  try {
    return {
      sagas: await readSagas(sagasDb),
      orders: await readBusiness(ordersDb, 'orders'),
      payments: await readBusiness(paymentsDb, 'payments'),
      orderFences: await readFences(ordersDb),
      paymentFences: await readFences(paymentsDb),
      leftovers: [
        ...(await readOwnLeftovers(sagasDb)),
        ...(await readServiceLeftovers(ordersDb, 'orders')),
        ...(await readServiceLeftovers(paymentsDb, 'payments')),
      ],
    }
  } finally {
    await Promise.all([sagasDb.stop(), ordersDb.stop(), paymentsDb.stop()])
  }
}

async function readSagas(db: Db): Promise<readonly AuditedSaga[]> {
  const entries = await all<AuditedEntry & { readonly sagaId: SagaId }>(
    db,
    `select saga_id as "sagaId", seq, round(extract(epoch from at) * 1000)::float8 as "atMs",
       status, event, facts
     from history order by saga_id, seq`,
  )
  const histories = Map.groupBy(entries, ({ sagaId }) => sagaId)
  const sagas = await all<Omit<AuditedSaga, 'history'>>(
    db,
    `select id, status, revision, business_key as customer, ended_at is not null as "isEndDated",
       snapshot -> 'steps' as steps
     from sagas order by id`,
  )
  return sagas.map((saga) => ({ ...saga, history: histories.get(saga.id) ?? [] }))
}

function readBusiness(db: Db, table: 'orders' | 'payments'): Promise<readonly BusinessRow[]> {
  return all(db, `select saga_id as "sagaId", customer_id as customer, status from ${table}`)
}

function readFences(db: Db): Promise<readonly FenceRow[]> {
  return all(db, `select saga_id as "sagaId", step, state from fence`)
}

function readOwnLeftovers(db: Db): Promise<readonly Leftover[]> {
  return all(
    db,
    `select 'timers' as "table", saga_id::text as what from timers
     union all select 'publish_batches', id::text from publish_batches
     union all select 'outbox', topic from outbox
     union all select 'dead_letters', code || ' on ' || topic from dead_letters`,
  )
}

async function readServiceLeftovers(db: Db, service: string): Promise<readonly Leftover[]> {
  const rows = await all<Leftover>(
    db,
    `select 'outbox' as "table", topic as what from outbox
     union all select 'dead_letters', code || ' on ' || topic from dead_letters`,
  )
  return rows.map(({ table, what }) => ({ table: `${service}.${table}`, what }))
}

async function all<R>(db: Db, sql: string): Promise<readonly R[]> {
  const { rows } = await db.query(sql)
  return rows as readonly Row[] as readonly R[]
}
