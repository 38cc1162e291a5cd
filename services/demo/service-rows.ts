// What the databases of both services hold of an order: read past the services, as a person with
// psql would.
import { type Db, openDb } from '../../orchestrator/index.ts'

export type OrderRow = {
  readonly status: string
  readonly customerId: string
  /** In cents. */
  readonly amount: number
}

export type Rows = {
  readonly orders: readonly OrderRow[]
  readonly payments: readonly OrderRow[]
}

export type ServiceRows = {
  /** The rows of these sagas. */
  find(sagaIds: readonly string[]): Promise<Rows>
  stop(): Promise<void>
}

export function openServiceRows(databases: {
  readonly orders: string
  readonly payments: string
}): ServiceRows {
  const open = (url: string) => openDb({ url, applicationName: 'sagaline-demo', connectionsMax: 1 })
  const [orders, payments] = [open(databases.orders), open(databases.payments)]
  return {
    find: async (sagaIds) => ({
      orders: await read(orders, 'orders', sagaIds),
      payments: await read(payments, 'payments', sagaIds),
    }),
    stop: async () => {
      await Promise.all([orders.stop(), payments.stop()])
    },
  }
}

async function read(
  db: Db,
  table: 'orders' | 'payments',
  sagaIds: readonly string[],
): Promise<readonly OrderRow[]> {
  const { rows } = await db.query<OrderRow>(
    `select status, customer_id as "customerId", amount
     from ${table} where saga_id = any($1::uuid[]) order by saga_id`,
    [sagaIds],
  )
  return rows
}
