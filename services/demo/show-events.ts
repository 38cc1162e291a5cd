// Shows what Kafka is among the services beside a queue: a centre of events that anybody may hear, and
// what keeps a read model of two services' rows. On a running order system with its view.
import { eventsTopic, LifecycleDataSchema } from '../../orchestrator/index.ts'
import {
  type Clock,
  createEventConsumer,
  createKafkaBus,
  defineEvent,
  type EventContract,
  type Log,
  migrate,
  onEvent,
  openDb,
  participantMigrations,
} from '../../participant/index.ts'
import { orderCancelled, orderCompleted, orderCreated } from '../contracts/orders.ts'
import { paymentDeclined, paymentTaken } from '../contracts/payments.ts'
import type { OrderSystem } from '../system/order-system.ts'

export type ShowEventsOptions = {
  readonly system: OrderSystem
  readonly brokers: readonly string[]
  readonly createDatabase: (name: string) => Promise<string>
  readonly clock: Clock
  readonly log: Log
  readonly say: (line: string) => void
}

const sagaCompleted = defineEvent({
  name: 'saga.completed',
  topic: eventsTopic,
  data: LifecycleDataSchema,
})

const heard: readonly EventContract[] = [
  ...[orderCreated, orderCompleted, orderCancelled, paymentTaken, paymentDeclined],
  sagaCompleted,
]

const customerId = 'ann'
const orders = [
  { customerId, amount: 4_200, items: [{ sku: 'book', quantity: 1 }] },
  { customerId, amount: 900, items: [{ sku: 'pen', quantity: 3 }], declinePayment: true },
]
const answerMsMax = 30_000
const lookMs = 100

/** Answers what it showed, in a line. @throws where the view does not come to say what is so. */
export async function showEvents(options: ShowEventsOptions): Promise<string> {
  const { system, say } = options
  const subscriber = await startSubscriber(options)
  try {
    for (const [at, order] of orders.entries()) {
      const status = await placeOrder(system.url, order, `${options.clock.newId()}-${at}`)
      say(`the saga of ${order.amount} cents ended: ${status}`)
    }
    const before = await awaitView(options)
    say(`the view says of ${customerId}: ${before}`)
    const startedAt = options.clock.monotonicMs()
    await system.view?.process.run('rebuild')
    const tookMs = Math.round(options.clock.monotonicMs() - startedAt)
    say(`rebuilt from the beginning in ${tookMs} ms; it says: ${await awaitView(options)}`)
    return `events: ${subscriber.heard()} heard by a subscriber of its own; the view holds ${orders.length} orders, rebuilt while it served`
  } finally {
    await subscriber.stop()
  }
}

/** Any service may be one: a group of its own, a database of its own, nobody asked. */
async function startSubscriber(options: ShowEventsOptions) {
  const { brokers, createDatabase, clock, log, say } = options
  const url = await createDatabase('subscriber')
  await migrate({ url, sets: participantMigrations, log })
  const db = openDb({ url, applicationName: 'subscriber', connectionsMax: 3 })
  const onFatal = (error: Error) => log.error('subscriber.fatal', { error })
  const bus = createKafkaBus({ brokers, clientId: 'subscriber', log, onFatal })
  await bus.start()
  let count = 0
  const subscriber = createEventConsumer({
    consumer: 'subscriber',
    events: heard.map((contract) =>
      onEvent(contract, async (_, { type, key }) => {
        count += 1
        say(`  a subscriber hears ${type} of ${key}`)
      }),
    ),
  })
  await subscriber.start({ db, bus, log, clock })
  return {
    heard: () => count,
    stop: async () => {
      for (const part of [subscriber, bus, db]) await part.stop()
    },
  }
}

async function placeOrder(url: string, order: unknown, key: string): Promise<string> {
  const answer = await fetch(`${url}/sagas/place-order`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', 'idempotency-key': key },
      prefer: `wait=${answerMsMax / 1_000}`,
    },
    body: JSON.stringify(order),
  })
  return ((await answer.json()) as { readonly status: string }).status
}

type Viewed = { readonly orders: readonly { status: string; payment: { status: string } | null }[] }

/** Until every order has ended there as well. */
async function awaitView({ system, clock }: ShowEventsOptions): Promise<string> {
  const giveUpAt = clock.monotonicMs() + answerMsMax
  while (clock.monotonicMs() < giveUpAt) {
    const answer = await fetch(`${system.view?.url}/customers/${customerId}/orders`)
    const { orders: found } = (await answer.json()) as Viewed
    const ended = found.filter(({ status, payment }) => status !== 'PENDING' && payment !== null)
    if (ended.length === orders.length) {
      return ended.map(({ status, payment }) => `${status}, payment ${payment?.status}`).join('; ')
    }
    await clock.wait(lookMs)
  }
  throw new Error(`The view has not all ${orders.length} orders within ${answerMsMax} ms.`)
}
