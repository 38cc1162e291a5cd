// The statements of the table `customer_orders`. Readers see the generation that serves: which one
// that is they find in the same statement, so that the change from one to the next is of one moment.
import type { Db, Tx } from '../../participant/index.ts'
import type { OrderFacts } from './facts.ts'

export const consumer = 'customers-view'

const mergeSql = {
  name: 'customer-orders.merge',
  text: `
    insert into customer_orders as old (generation, order_id, customer_id, order_status,
      order_amount, payment_status, payment_amount, declined_for, changed_at)
    select $1, order_id, customer_id, order_status::order_status, order_amount,
      payment_status::payment_status, payment_amount, declined_for, changed_at
    from unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::int[], $8::text[],
      $9::timestamptz[])
      as given(order_id, customer_id, order_status, order_amount, payment_status, payment_amount,
        declined_for, changed_at)
    order by order_id
    on conflict (generation, order_id) do update set
      customer_id = coalesce(old.customer_id, excluded.customer_id),
      order_status = greatest(old.order_status, excluded.order_status),
      order_amount = coalesce(old.order_amount, excluded.order_amount),
      payment_status = greatest(old.payment_status, excluded.payment_status),
      payment_amount = coalesce(old.payment_amount, excluded.payment_amount),
      declined_for = coalesce(old.declined_for, excluded.declined_for),
      changed_at = greatest(old.changed_at, excluded.changed_at)`,
}

/** One for each order. What is known already stays, and only moves on. */
export async function mergeOrders(
  tx: Tx,
  generation: number,
  orders: readonly OrderFacts[],
): Promise<void> {
  await tx.query(mergeSql, [
    generation,
    orders.map(({ orderId }) => orderId),
    orders.map(({ customerId }) => customerId),
    orders.map(({ orderStatus }) => orderStatus),
    orders.map(({ orderAmount }) => orderAmount),
    orders.map(({ paymentStatus }) => paymentStatus),
    orders.map(({ paymentAmount }) => paymentAmount),
    orders.map(({ declinedFor }) => declinedFor),
    orders.map(({ changedAt }) => new Date(changedAt)),
  ])
}

const discardRowsMax = 2_000

const discardSql = {
  name: 'customer-orders.discard',
  text: `
    delete from customer_orders where ctid = any(array(
      select ctid from customer_orders where generation = $1 limit $2))`,
}

export async function discardOrders(tx: Tx, generation: number): Promise<number> {
  return (await tx.query(discardSql, [generation, discardRowsMax])).rowCount
}

const columns = `order_id as "orderId", customer_id as "customerId", order_status as "orderStatus",
  order_amount as "orderAmount", payment_status as "paymentStatus",
  payment_amount as "paymentAmount", declined_for as "declinedFor", changed_at as "changedAt"`

const serving = `generation = (select generation from event_consumers
  where consumer = '${consumer}' and state = 'serving')`

export type OrderRow = Omit<OrderFacts, 'changedAt'> & { readonly changedAt: Date }

const findSql = {
  name: 'customer-orders.find',
  text: `select ${columns} from customer_orders where ${serving} and order_id = $1`,
}

export async function findOrder(db: Db, orderId: string): Promise<OrderRow | null> {
  return (await db.query<OrderRow>(findSql, [orderId])).rows[0] ?? null
}

const listSql = {
  name: 'customer-orders.list',
  text: `
    select ${columns} from customer_orders
    where ${serving} and customer_id = $1 and ($2::text is null or order_id < $2)
    order by order_id desc limit $3`,
}

export type Page = { readonly after: string | null; readonly limit: number }

/** Newest first: the ids of sagas begin with their time. */
export async function listOrders(
  db: Db,
  customerId: string,
  { after, limit }: Page,
): Promise<readonly OrderRow[]> {
  return (await db.query<OrderRow>(listSql, [customerId, after, limit])).rows
}
