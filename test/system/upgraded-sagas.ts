// The definitions of the next build: place-order as it is, and a second version that waits a moment
// between the payment and the end. Given to orchestrators in SAGALINE_DEFINITIONS.
import { defineSaga } from '../../orchestrator/index.ts'
import { completeOrder, createOrder } from '../../services/contracts/orders.ts'
import { takePayment } from '../../services/contracts/payments.ts'
import { PlaceOrder, placeOrder } from '../../services/place-order/saga.ts'

const neverMs = 600_000

const second = defineSaga({
  name: 'place-order',
  version: 2,
  input: PlaceOrder,
  businessKey: ({ customerId }) => customerId,
  retry: { timeoutMs: neverMs },
  steps: [
    {
      name: 'createOrder',
      send: createOrder,
      attempts: 1,
      with: ({ input: { customerId, amount, items } }) => ({ customerId, amount, items }),
    },
    {
      name: 'takePayment',
      send: takePayment,
      attempts: 1,
      with: ({ input: { customerId, amount, declinePayment = false } }) => ({
        customerId,
        amount,
        decline: declinePayment,
      }),
    },
    { name: 'settle', delayMs: 100 },
    { name: 'completeOrder', kind: 'retriable', send: completeOrder, with: () => ({}) },
  ],
})

export const versions = [placeOrder, second]
