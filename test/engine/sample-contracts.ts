// Contracts that only these tests know: the engine is tested without any service.
import { Type } from 'typebox'
import { defineCommand } from '../../messaging/contract.ts'

export const Amount = Type.Object({ amount: Type.Number() }, { additionalProperties: false })
const Order = Type.Object({ orderId: Type.String() }, { additionalProperties: false })

const topic = 'sample.commands'

/** A command over an amount, answered with nothing, that can be undone. */
export function undoable(noun: string) {
  const undo = defineCommand({ name: `sample.undo-${noun}`, topic, payload: Amount })
  return defineCommand({ name: `sample.do-${noun}`, topic, payload: Amount, undo })
}

/** A command over an amount, answered with nothing, that cannot be undone. */
export function lasting(noun: string) {
  return defineCommand({ name: `sample.do-${noun}`, topic, payload: Amount })
}

export const cancelOrder = defineCommand({ name: 'orders.cancel', topic, payload: Amount })
export const createOrder = defineCommand({
  name: 'orders.create',
  topic,
  payload: Amount,
  reply: Order,
  undo: cancelOrder,
})

export const Charge = Type.Object(
  { amount: Type.Number(), orderId: Type.String() },
  { additionalProperties: false },
)
const Refund = Type.Object({ refundId: Type.String() })
export const refund = defineCommand({
  name: 'payments.refund',
  topic,
  payload: Charge,
  reply: Refund,
})
export const charge = defineCommand({
  name: 'payments.charge',
  topic,
  payload: Charge,
  refusal: Type.Object({ code: Type.String() }),
  undo: refund,
})

export const completeOrder = defineCommand({ name: 'orders.complete', topic, payload: Order })

export const bookTrip = lasting('book')
export const sendTicket = lasting('ticket')
