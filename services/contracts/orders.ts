// What the order service can be asked for, how it answers, and what it tells: the contracts that
// sagas, the service itself and its listeners share.
import { Type } from 'typebox'
import { defineCommand, defineEvent } from '../../participant/index.ts'

export const ordersCommandsTopic = 'orders.commands'
export const ordersEventsTopic = 'orders.events'

/** A sum of money in cents. */
export const Amount = Type.Integer({ minimum: 1, maximum: 100_000_000 })

export const CustomerId = Type.String({ minLength: 1, maxLength: 100 })

export const Order = Type.Object(
  {
    customerId: CustomerId,
    amount: Amount,
    items: Type.Array(
      Type.Object(
        {
          sku: Type.String({ minLength: 1, maxLength: 100 }),
          quantity: Type.Integer({ minimum: 1, maximum: 1_000 }),
        },
        { additionalProperties: false },
      ),
      { maxItems: 100 },
    ),
  },
  { additionalProperties: false },
)

/** Takes a created order back. The order stays, as CANCELLED. */
export const cancelOrder = defineCommand({
  name: 'orders.cancel-order',
  topic: ordersCommandsTopic,
  payload: Order,
})

/** Creates the order as PENDING: not to be shipped, nor changed by others, until its saga ends. */
export const createOrder = defineCommand({
  name: 'orders.create-order',
  topic: ordersCommandsTopic,
  payload: Order,
  reply: Type.Object({ orderId: Type.String() }, { additionalProperties: false }),
  refusal: Type.Union([Type.Literal('no-items'), Type.Literal('sku-unavailable')]),
  undo: cancelOrder,
})

/** Makes a PENDING order COMPLETED. It has no undo: the saga is past its point of no return. */
export const completeOrder = defineCommand({
  name: 'orders.complete-order',
  topic: ordersCommandsTopic,
  payload: Type.Object({}, { additionalProperties: false }),
})

const OrderFact = Type.Object({ orderId: Type.String() })

export const orderCreated = defineEvent({
  name: 'order.created',
  topic: ordersEventsTopic,
  data: Type.Object({ orderId: Type.String(), customerId: CustomerId, amount: Amount }),
})

export const orderCompleted = defineEvent({
  name: 'order.completed',
  topic: ordersEventsTopic,
  data: OrderFact,
})

export const orderCancelled = defineEvent({
  name: 'order.cancelled',
  topic: ordersEventsTopic,
  data: OrderFact,
})
