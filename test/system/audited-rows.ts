// What the audit looks at: the rows of the three databases of an order system, read by plain SQL
// of its own, so that a mistake in the product's statements cannot hide itself.
import { type Db, openDb, type Row } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'

export type AuditedDatabases = Readonly<Record<'sagas' | 'orders' | 'payments', string>>

export type AuditedSaga = {
  readonly id: SagaId
  readonly status: string
  readonly customer: string | null
  readonly isEndDated: boolean
}

/** A row of `orders` or of `payments`. */
export type BusinessRow = {
  readonly sagaId: string
  readonly customer: string
  readonly status: string
}

export type FenceRow = { readonly sagaId: string; readonly step: string; readonly state: string }

export type AuditedRows = {
  readonly sagas: readonly AuditedSaga[]
  readonly orders: readonly BusinessRow[]
  readonly payments: readonly BusinessRow[]
  readonly orderFences: readonly FenceRow[]
  readonly paymentFences: readonly FenceRow[]
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
    }
  } finally {
    await Promise.all([sagasDb.stop(), ordersDb.stop(), paymentsDb.stop()])
  }
}

function readSagas(db: Db): Promise<readonly AuditedSaga[]> {
  return all(
    db,
    `select id, status, business_key as customer, ended_at is not null as "isEndDated"
     from sagas order by id`,
  )
}

function readBusiness(db: Db, table: 'orders' | 'payments'): Promise<readonly BusinessRow[]> {
  return all(db, `select saga_id as "sagaId", customer_id as customer, status from ${table}`)
}

function readFences(db: Db): Promise<readonly FenceRow[]> {
  return all(db, `select saga_id as "sagaId", step, state from fence`)
}

async function all<R>(db: Db, sql: string): Promise<readonly R[]> {
  const { rows } = await db.query(sql)
  return rows as readonly Row[] as readonly R[]
}
