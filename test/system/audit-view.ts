// The audit of the read model: the view of customers' orders says what SQL over the owners' databases
// says, row by row.
import type { Db } from '../../messaging/db.ts'

export const viewTopics = ['orders.events', 'payments.events']

export type AuditedView = Readonly<Record<'orders' | 'payments' | 'view', Db>>

type Row = { readonly id: string; readonly said: string }

const ordersSql = `select saga_id::text as id, concat_ws(' ', customer_id, status, amount) as said
  from orders`
const paymentsSql = `select saga_id::text as id, concat_ws(' ', status, amount) as said from payments`

const servingSql = `generation = (select generation from event_consumers
  where consumer = 'customers-view' and state = 'serving')`
const viewedOrdersSql = `select order_id as id,
    concat_ws(' ', customer_id, order_status, order_amount) as said
  from customer_orders where ${servingSql} and order_status is not null`
const viewedPaymentsSql = `select order_id as id, concat_ws(' ', payment_status, payment_amount) as said
  from customer_orders where ${servingSql} and payment_status is not null`

/** Answers what differs; the view must have read everything. */
export async function auditView({ orders, payments, view }: AuditedView): Promise<string[]> {
  return [
    ...(await differences('order', [orders, ordersSql], [view, viewedOrdersSql])),
    ...(await differences('payment', [payments, paymentsSql], [view, viewedPaymentsSql])),
  ]
}

type Question = readonly [db: Db, sql: string]

async function differences(what: string, owner: Question, view: Question): Promise<string[]> {
  const [owned, viewed] = [await ask(owner), await ask(view)]
  const ids = new Set([...owned.keys(), ...viewed.keys()])
  return [...ids]
    .filter((id) => owned.get(id) !== viewed.get(id))
    .map(
      (id) => `${what} ${id}: ${owned.get(id) ?? 'none'}, in the view ${viewed.get(id) ?? 'none'}`,
    )
}

async function ask([db, sql]: Question): Promise<ReadonlyMap<string, string>> {
  const { rows } = await db.query<Row>(sql)
  return new Map(rows.map(({ id, said }) => [id, said]))
}

/** The consumer group that reads for the generation that serves. */
export async function viewGroup(view: Db): Promise<string> {
  const { rows } = await view.query<{ readonly group: string }>(
    `select consumer || '.' || reader as "group" from event_consumers
     where consumer = 'customers-view' and state = 'serving'`,
  )
  return rows[0]?.group ?? ''
}
