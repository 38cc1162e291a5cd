// The payment service: hears of an order and takes the money, or declines. Its row, its event and the
// memory that it heard commit together, so a repeat takes nothing twice.
import {
  createEventConsumer,
  type EventConsumer,
  event,
  onEvent,
  publishEvent,
} from '../../participant/index.ts'
import { orderCreated, paymentDeclined, paymentTaken } from './events.ts'

export const paymentsSql = `create table payments (
  order_id text primary key, cents integer not null, status text not null)`

/** In cents; a greater amount is declined. */
export const centsMax = 10_000

export const createPaymentService = (): EventConsumer =>
  createEventConsumer({
    consumer: 'choreography.payments',
    events: [
      onEvent(orderCreated, async (tx, { id, time, data: { orderId, cents } }) => {
        const isTaken = cents <= centsMax
        const status = isTaken ? 'TAKEN' : 'DECLINED'
        await tx.query('insert into payments values ($1, $2, $3)', [orderId, cents, status])
        const about = { key: orderId }
        const told = isTaken
          ? event(paymentTaken, { ...about, data: { orderId, cents } })
          : event(paymentDeclined, { ...about, data: { orderId, reason: 'over-limit' } })
        await publishEvent(tx, { source: 'payments', id: `${id}/payment`, event: told, time })
      }),
    ],
  })
