// What the events say of orders and payments, and what is known of an order from all that was said.
// Pure: the same facts make the same order, in whatever sequence they come and however often.
import type { EventContract, ReceivedEvent } from '../../participant/index.ts'
import { orderCancelled, orderCompleted, orderCreated } from '../contracts/orders.ts'
import { paymentDeclined, paymentRefunded, paymentTaken } from '../contracts/payments.ts'

/** In the sequence of an order's life: what comes later is not undone by what is only told later. */
export const orderStatuses = ['PENDING', 'COMPLETED', 'CANCELLED'] as const
export const paymentStatuses = ['DECLINED', 'TAKEN', 'REFUNDED'] as const

/** What is known of an order. Null is what was not told. Amounts in cents. */
export type OrderFacts = {
  readonly orderId: string
  readonly customerId: string | null
  readonly orderStatus: (typeof orderStatuses)[number] | null
  readonly orderAmount: number | null
  readonly paymentStatus: (typeof paymentStatuses)[number] | null
  readonly paymentAmount: number | null
  readonly declinedFor: string | null
  /** Of the newest event, in ms since the epoch. */
  readonly changedAt: number
}

type Said = Partial<Omit<OrderFacts, 'orderId' | 'changedAt'>>

type Reader = { readonly contract: EventContract; readonly said: (data: unknown) => Said }

function reader<Data>(contract: EventContract<Data>, said: (data: Data) => Said): Reader {
  return { contract, said: said as Reader['said'] }
}

const readers: readonly Reader[] = [
  reader(orderCreated, ({ customerId, amount: orderAmount }) => {
    return { customerId, orderAmount, orderStatus: 'PENDING' }
  }),
  reader(orderCompleted, () => ({ orderStatus: 'COMPLETED' })),
  reader(orderCancelled, () => ({ orderStatus: 'CANCELLED' })),
  reader(paymentTaken, ({ amount }) => ({ paymentAmount: amount, paymentStatus: 'TAKEN' })),
  reader(paymentDeclined, ({ amount: paymentAmount, reason: declinedFor }) => {
    return { paymentAmount, declinedFor, paymentStatus: 'DECLINED' }
  }),
  reader(paymentRefunded, ({ amount }) => ({ paymentAmount: amount, paymentStatus: 'REFUNDED' })),
]

const saidBy = new Map(readers.map(({ contract, said }) => [contract.name, said]))

export const viewedEvents = readers.map(({ contract }) => contract)

/** The key of an event is the order's id, on both topics: an order and its payment are one saga's. */
export function factsOf({ key: orderId, type, data, time }: ReceivedEvent): OrderFacts {
  const nothing = { customerId: null, orderStatus: null, orderAmount: null }
  const unpaid = { paymentStatus: null, paymentAmount: null, declinedFor: null }
  const said = saidBy.get(type)?.(data)
  return { orderId, ...nothing, ...unpaid, ...said, changedAt: time.getTime() }
}

/** Of the same order. The SQL of `order-rows.ts` merges with the row by the same rule. */
export function mergeFacts(one: OrderFacts, other: OrderFacts): OrderFacts {
  return {
    orderId: one.orderId,
    customerId: one.customerId ?? other.customerId,
    orderStatus: laterOf(orderStatuses, one.orderStatus, other.orderStatus),
    orderAmount: one.orderAmount ?? other.orderAmount,
    paymentStatus: laterOf(paymentStatuses, one.paymentStatus, other.paymentStatus),
    paymentAmount: one.paymentAmount ?? other.paymentAmount,
    declinedFor: one.declinedFor ?? other.declinedFor,
    changedAt: Math.max(one.changedAt, other.changedAt),
  }
}

function laterOf<S extends string>(life: readonly S[], one: S | null, other: S | null): S | null {
  return life.findLast((status) => status === one || status === other) ?? null
}
