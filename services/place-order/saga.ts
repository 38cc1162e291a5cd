// The reference saga: an order is created, paid and completed. If the payment is declined, or
// nobody knows what became of it, it is refunded and the order cancelled.
import { Type } from 'typebox'
import { defineSaga } from '../../orchestrator/index.ts'
import { completeOrder, createOrder, Order } from '../contracts/orders.ts'
import { takePayment } from '../contracts/payments.ts'
import { placeOrderConfig } from './config.ts'

const { stepTimeoutMs, stepAttempts } = placeOrderConfig

export const PlaceOrder = Type.Object(
  {
    ...Order.properties,
    /** Asks the payment service to decline, to show and to test what follows. */
    declinePayment: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)

export const placeOrder = defineSaga({
  name: 'place-order',
  version: 1,
  input: PlaceOrder,
  businessKey: ({ customerId }) => customerId,
  retry: { timeoutMs: stepTimeoutMs },
  steps: [
    {
      name: 'createOrder',
      send: createOrder,
      attempts: stepAttempts,
      with: ({ input: { customerId, amount, items } }) => ({ customerId, amount, items }),
    },
    {
      name: 'takePayment',
      send: takePayment,
      attempts: stepAttempts,
      with: ({ input: { customerId, amount, declinePayment = false } }) => ({
        customerId,
        amount,
        decline: declinePayment,
      }),
    },
    { name: 'completeOrder', kind: 'retriable', send: completeOrder, with: () => ({}) },
  ],
})
