// The order service: tells that an order was created, together with its row, and ends the order when
// it hears of the payment. Nobody tells it to, and nobody else knows how an order stands.
import {
  createEventConsumer,
  type Db,
  type EventConsumer,
  event,
  onEvent,
  publishEvent,
} from '../../participant/index.ts'
import { orderCreated, paymentDeclined, paymentTaken } from './events.ts'

export const ordersSql = `create table orders (
  id text primary key, cents integer not null, status text not null default 'PENDING')`

export type NewOrder = { readonly orderId: string; readonly cents: number; readonly time: Date }

/** The row and its event commit together; `wakeOutbox` has it published at once. */
export async function placeOrder(
  { db, orders }: { readonly db: Db; readonly orders: EventConsumer },
  { orderId, cents, time }: NewOrder,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query('insert into orders (id, cents) values ($1, $2)', [orderId, cents])
    const created = event(orderCreated, { data: { orderId, cents }, key: orderId })
    await publishEvent(tx, { source: 'orders', id: `${orderId}/created`, event: created, time })
  })
  orders.wakeOutbox()
}

const endOrder = `update orders set status = $2 where id = $1 and status = 'PENDING'`

export const createOrderService = (): EventConsumer =>
  createEventConsumer({
    consumer: 'choreography.orders',
    events: [
      onEvent(paymentTaken, async (tx, { data: { orderId } }) => {
        await tx.query(endOrder, [orderId, 'COMPLETED'])
      }),
      onEvent(paymentDeclined, async (tx, { data: { orderId } }) => {
        await tx.query(endOrder, [orderId, 'CANCELLED'])
      }),
    ],
  })
