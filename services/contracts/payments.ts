// What the payment service can be asked for, how it answers, and what it tells.
import { Type } from 'typebox'
import { defineCommand, defineEvent } from '../../participant/index.ts'
import { Amount, CustomerId } from './orders.ts'

export const paymentsCommandsTopic = 'payments.commands'
export const paymentsEventsTopic = 'payments.events'

export const Payment = Type.Object(
  {
    customerId: CustomerId,
    amount: Amount,
    /** Asks for a refusal, to show and to test what follows from one. */
    decline: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

/** Gives a taken payment back. The payment stays, as REFUNDED. */
export const refundPayment = defineCommand({
  name: 'payments.refund-payment',
  topic: paymentsCommandsTopic,
  payload: Payment,
})

const Declined = Type.Union([Type.Literal('amount-over-limit'), Type.Literal('declined-on-demand')])

/** Takes the money, or declines; a declined payment stays on record. */
export const takePayment = defineCommand({
  name: 'payments.take-payment',
  topic: paymentsCommandsTopic,
  payload: Payment,
  reply: Type.Object({ paymentId: Type.String() }, { additionalProperties: false }),
  refusal: Declined,
  undo: refundPayment,
})

const PaymentFact = Type.Object({ paymentId: Type.String(), amount: Amount })

export const paymentTaken = defineEvent({
  name: 'payment.taken',
  topic: paymentsEventsTopic,
  data: PaymentFact,
})

export const paymentDeclined = defineEvent({
  name: 'payment.declined',
  topic: paymentsEventsTopic,
  data: Type.Object({
    paymentId: Type.String(),
    amount: Amount,
    reason: Declined,
  }),
})

export const paymentRefunded = defineEvent({
  name: 'payment.refunded',
  topic: paymentsEventsTopic,
  data: PaymentFact,
})
