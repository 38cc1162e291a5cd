// What the two services tell each other. There is no command and no saga: whoever hears of something
// knows what to do. The topics are this example's own, so that it can run beside the order saga on
// one Kafka, and neither takes a payment for the other.
import { Type } from 'typebox'
import { defineEvent } from '../../participant/index.ts'

const Cents = Type.Integer({ minimum: 1 })
const orderId = Type.String()

export const orderCreated = defineEvent({
  name: 'order.created',
  topic: 'choreography.orders.events',
  data: Type.Object({ orderId, cents: Cents }),
})

export const paymentTaken = defineEvent({
  name: 'payment.taken',
  topic: 'choreography.payments.events',
  data: Type.Object({ orderId, cents: Cents }),
})

export const paymentDeclined = defineEvent({
  name: 'payment.declined',
  topic: 'choreography.payments.events',
  data: Type.Object({ orderId, reason: Type.String() }),
})

export const topics = [orderCreated.topic, paymentTaken.topic]
