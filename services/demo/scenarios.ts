// The five orders of the demo as data: what is asked for, and how it must end in the saga and in
// the databases of both services.
import type { Static } from 'typebox'
import type { PlaceOrder } from '../place-order/saga.ts'

export type Scenario = {
  readonly name: string
  /** What happens and why, for the reader, in lines. */
  readonly story: readonly string[]
  /**
   * - `once`: one POST that waits for the end.
   * - `twice`: two POSTs with the same Idempotency-Key at the same time.
   * - `outage`: the payment service dies in the middle, and is back once the outcome is unknown.
   */
  readonly way: 'once' | 'twice' | 'outage'
  readonly order: Static<typeof PlaceOrder>
  readonly end: RequiredEnd
}

export type RequiredEnd = {
  readonly saga: 'completed' | 'compensated'
  /** The outcome of every step that was begun, in their order. */
  readonly steps: Readonly<Record<string, 'done' | 'refused' | 'unknown'>>
  /** Status of the one row, or `none` for no row; any of these is right. */
  readonly order: readonly ('COMPLETED' | 'CANCELLED' | 'none')[]
  readonly payment: readonly ('TAKEN' | 'DECLINED' | 'REFUNDED' | 'none')[]
}

const completed: RequiredEnd = {
  saga: 'completed',
  steps: { createOrder: 'done', takePayment: 'done', completeOrder: 'done' },
  order: ['COMPLETED'],
  payment: ['TAKEN'],
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'completed',
    story: ['Nothing goes wrong: the order is created, paid and completed.'],
    way: 'once',
    order: { customerId: 'ada', amount: 4_200, items: [{ sku: 'teapot', quantity: 1 }] },
    end: completed,
  },
  {
    name: 'declined by payment',
    story: ['The payment is declined. The order exists by then, so it is cancelled again.'],
    way: 'once',
    order: {
      customerId: 'grace',
      amount: 1_250,
      items: [{ sku: 'cup', quantity: 5 }],
      declinePayment: true,
    },
    end: {
      saga: 'compensated',
      steps: { createOrder: 'done', takePayment: 'refused' },
      order: ['CANCELLED'],
      payment: ['DECLINED'],
    },
  },
  {
    name: 'refused at once',
    story: ['The order service does not have the goods. Nothing was done, so nothing is undone.'],
    way: 'once',
    order: { customerId: 'edsger', amount: 900, items: [{ sku: 'unavailable', quantity: 1 }] },
    end: {
      saga: 'compensated',
      steps: { createOrder: 'refused' },
      order: ['none'],
      payment: ['none'],
    },
  },
  {
    name: 'payment service killed',
    story: [
      'The payment service takes the money and dies before it can say so. The command is sent',
      'again, then its outcome counts as unknown: refund, in case it was taken, and cancel.',
    ],
    way: 'outage',
    order: { customerId: 'barbara', amount: 7_700, items: [{ sku: 'kettle', quantity: 2 }] },
    end: {
      saga: 'compensated',
      steps: { createOrder: 'done', takePayment: 'unknown' },
      order: ['CANCELLED'],
      payment: ['REFUNDED'],
    },
  },
  {
    name: 'started twice',
    story: ['Two requests at the same time with one Idempotency-Key: one saga, one payment.'],
    way: 'twice',
    order: { customerId: 'leslie', amount: 3_000, items: [{ sku: 'clock', quantity: 1 }] },
    end: completed,
  },
]
