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

const contracts: readonly EventContract[] = [
  ...[orderCreated, orderCompleted, orderCancelled, paymentTaken, paymentDeclined],
  sagaCompleted,
]

const customerId = 'ann'
const orders = [
  { customerId, amount: 4_200, items: [{ sku: 'book', quantity: 1 }] },
  { customerId, amount: 900, items: [{ sku: 'pen', quantity: 3 }], declinePayment: true },
]
/** Created, paid, completed, and its saga completed; created, declined, cancelled. */
const eventsOfOrders = 7
const answerMsMax = 30_000
const lookMs = 100

export type ShownEvents = {
  /** What was shown, in a line. */
  readonly says: string
  /** Of the orders that were placed. */
  readonly ids: ReadonlySet<string>
}

/** Places orders while somebody listens. @throws where what must be heard is not. */
export async function showEvents(options: ShowEventsOptions): Promise<ShownEvents> {
  const { system, clock, say } = options
  const subscriber = await startSubscriber(options)
  try {
    const ids = new Set<string>()
    for (const [at, order] of orders.entries()) {
      const { id, status } = await placeOrder(system.url, order, `${clock.newId()}-${at}`)
      ids.add(id)
      say(`the saga of ${order.amount} cents ended: ${status}`)
    }
    const heardOf = () => subscriber.heard.filter(({ key }) => ids.has(key))
    await until(options, `a subscriber to hear ${eventsOfOrders} events`, async () =>
      heardOf().length >= eventsOfOrders ? true : null,
    )
    for (const { type, key } of heardOf()) say(`  a subscriber hears ${type} of ${key}`)
    const says = `${heardOf().length} events of ${ids.size} orders heard by a subscriber of its own`
    return { says, ids }
  } finally {
    await subscriber.stop()
  }
}

/**
 * The view of these orders, also rebuilt while it serves. Answers what it showed, in a line. @throws
 * where the view does not come to say what is so.
 */
export async function showView(
  options: ShowEventsOptions,
  ids: ReadonlySet<string>,
): Promise<string> {
  const { system, clock, say } = options
  const before = await awaitView(options, ids)
  say(`the view says of ${customerId}: ${before}`)
  const startedAt = clock.monotonicMs()
  await system.view?.process.run('rebuild')
  const tookMs = Math.round(clock.monotonicMs() - startedAt)
  const after = await awaitView(options, ids)
  say(`rebuilt from the beginning in ${tookMs} ms; it says: ${after}`)
  if (after !== before) throw new Error(`The view said ${before}, and rebuilt it says ${after}.`)
  return `the view holds ${ids.size} orders, rebuilt while it served`
}

/** Any service may be one: a group of its own, a database of its own, nobody asked. */
async function startSubscriber(options: ShowEventsOptions) {
  const { brokers, createDatabase, clock, log } = options
  const url = await createDatabase('subscriber')
  await migrate({ url, sets: participantMigrations, log })
  const db = openDb({ url, applicationName: 'subscriber', connectionsMax: 3 })
  const onFatal = (error: Error) => log.error('subscriber.fatal', { error })
  const bus = createKafkaBus({ brokers, clientId: 'subscriber', log, onFatal })
  await bus.start()
  const heard: { readonly type: string; readonly key: string }[] = []
  const subscriber = createEventConsumer({
    consumer: 'subscriber',
    events: contracts.map((contract) =>
      onEvent(contract, async (_, { type, key }) => void heard.push({ type, key })),
    ),
  })
  await subscriber.start({ db, bus, log, clock })
  return {
    heard,
    stop: async () => {
      for (const part of [subscriber, bus, db]) await part.stop()
    },
  }
}

type Ended = { readonly id: string; readonly status: string }

async function placeOrder(url: string, order: unknown, key: string): Promise<Ended> {
  const answer = await fetch(`${url}/sagas/place-order`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', 'idempotency-key': key },
      prefer: `wait=${answerMsMax / 1_000}`,
    },
    body: JSON.stringify(order),
  })
  return (await answer.json()) as Ended
}

type Viewed = {
  readonly orders: readonly {
    readonly orderId: string
    readonly status: string
    readonly payment: { readonly status: string } | null
  }[]
}

/** Until every order has ended there as well. */
function awaitView(options: ShowEventsOptions, ids: ReadonlySet<string>): Promise<string> {
  return until(options, `the view to have all ${ids.size} orders`, async () => {
    const answer = await fetch(`${options.system.view?.url}/customers/${customerId}/orders`)
    const { orders: found } = (await answer.json()) as Viewed
    const ended = found.filter(
      ({ orderId, status, payment }) =>
        ids.has(orderId) && status !== 'PENDING' && payment !== null,
    )
    if (ended.length !== ids.size) return null
    return ended.map(({ status, payment }) => `${status}, payment ${payment?.status}`).join('; ')
  })
}

async function until<T>(
  { clock }: ShowEventsOptions,
  what: string,
  look: () => Promise<T | null>,
): Promise<T> {
  const giveUpAt = clock.monotonicMs() + answerMsMax
  while (clock.monotonicMs() < giveUpAt) {
    const found = await look()
    if (found !== null) return found
    await clock.wait(lookMs)
  }
  throw new Error(`Waited ${answerMsMax} ms for ${what}.`)
}
