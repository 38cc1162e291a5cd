// The statements of the table `orders`, each for many orders at once. Called by `commands.ts`.
import type { Tx } from '../../participant/index.ts'

export type NewOrder = {
  readonly sagaId: string
  readonly customerId: string
  readonly amount: number
  readonly items: readonly unknown[]
}

const insertOrdersSql = {
  name: 'orders-insert',
  text: `
    insert into orders (saga_id, customer_id, amount, items)
    select * from unnest($1::uuid[], $2::text[], $3::integer[], $4::json[])`,
}

/** Orders begin as PENDING. */
export function insertOrders(tx: Tx, orders: readonly NewOrder[]): Promise<unknown> {
  return tx.query(insertOrdersSql, [
    orders.map((order) => order.sagaId),
    orders.map((order) => order.customerId),
    orders.map((order) => order.amount),
    orders.map((order) => JSON.stringify(order.items)),
  ])
}

export type EndStatus = 'COMPLETED' | 'CANCELLED'

const endOrdersSql = {
  name: 'orders-end',
  text: `
    update orders set status = $2, updated_at = clock_timestamp()
    where saga_id = any($1::uuid[]) and status = 'PENDING'
    returning saga_id`,
}

/** Ends those orders that are PENDING and returns which they were. */
export async function endOrders(
  tx: Tx,
  sagaIds: readonly string[],
  status: EndStatus,
): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ saga_id: string }>(endOrdersSql, [sagaIds, status])
  return new Set(rows.map((row) => row.saga_id))
}
