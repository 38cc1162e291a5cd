// REST of the view: one order, a customer's orders, and how far the view is behind.
import type { Db, EventConsumer } from '../../participant/index.ts'
import { findOrder, listOrders, type OrderRow } from './order-rows.ts'

export type ViewAnswer = { readonly status: number; readonly body: unknown }

const pageRows = 100

const routes = {
  order: /^\/orders\/([^/]{1,300})$/,
  customer: /^\/customers\/([^/]{1,300})\/orders$/,
}

/** Null for paths that are not the view's. Rejects while Postgres or Kafka is away. */
export async function answerView(
  { db, view }: { readonly db: Db; readonly view: Pick<EventConsumer, 'standing'> },
  { pathname, searchParams }: URL,
): Promise<ViewAnswer | null> {
  if (pathname === '/lag') return { status: 200, body: await view.standing() }
  const orderId = segment(routes.order, pathname)
  if (orderId !== null) {
    const order = await findOrder(db, orderId)
    return order === null
      ? { status: 404, body: { code: 'ORDER_UNKNOWN' } }
      : { status: 200, body: toJson(order) }
  }
  const customerId = segment(routes.customer, pathname)
  if (customerId === null) return null
  const after = searchParams.get('after')?.replaceAll('\0', '') ?? null
  const orders = await listOrders(db, customerId, { after, limit: pageRows })
  const next = orders.length === pageRows ? (orders.at(-1)?.orderId ?? null) : null
  return { status: 200, body: { orders: orders.map(toJson), next } }
}

/** Null where the path is another one, or no text: NUL is in no id. */
function segment(route: RegExp, pathname: string): string | null {
  const found = route.exec(pathname)?.[1]
  if (found === undefined) return null
  try {
    const text = decodeURIComponent(found)
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}

function toJson(row: OrderRow): unknown {
  const { orderId, customerId, orderStatus, orderAmount, changedAt } = row
  const { paymentStatus, paymentAmount, declinedFor } = row
  const payment = { status: paymentStatus, amount: paymentAmount, declinedFor }
  return {
    ...{ orderId, customerId, status: orderStatus, amount: orderAmount },
    payment: paymentStatus === null ? null : payment,
    changedAt: changedAt.toISOString(),
  }
}
