// Both services on a given Kafka and two databases: starts them, places orders, waits for their ends.
// A process of each in production; here one is enough to see it.
import {
  type Clock,
  createKafkaBus,
  type Db,
  type Log,
  migrate,
  openDb,
  participantMigrations,
  silentLog,
} from '../../participant/index.ts'
import { topics } from './events.ts'
import { createOrderService, ordersSql, placeOrder } from './orders.ts'
import { createPaymentService, paymentsSql } from './payments.ts'

export type ChoreographyParts = {
  readonly brokers: readonly string[]
  /** The URL of a new, empty database. */
  readonly createDatabase: (name: string) => Promise<string>
  readonly clock: Clock
  readonly log?: Log
}

export type Ended = { readonly orderId: string; readonly order: string; readonly payment: string }

export type Choreography = {
  /** Resolves when the order has been paid, or has been declined. */
  place(cents: number): Promise<Ended>
  readonly dbs: { readonly orders: Db; readonly payments: Db }
  stop(): Promise<void>
}

const endMsMax = 30_000
const lookMs = 20

export async function startChoreography(parts: ChoreographyParts): Promise<Choreography> {
  const { brokers, createDatabase, clock, log = silentLog } = parts
  const open = async (name: string, sql: string) => {
    const url = await createDatabase(`choreography_${name}`)
    await migrate({ url, sets: participantMigrations, log })
    const db = openDb({ url, applicationName: name, connectionsMax: 4 })
    await db.query(sql)
    return db
  }
  const [ordersDb, paymentsDb] = await Promise.all([
    open('orders', ordersSql),
    open('payments', paymentsSql),
  ])
  const dbs = { orders: ordersDb, payments: paymentsDb }
  const onFatal = (error: Error) => log.error('choreography.fatal', { error })
  const bus = createKafkaBus({ brokers, clientId: 'choreography', log, onFatal })
  await bus.start()
  await bus.ensureTopics(topics.map((name) => ({ name, partitions: 2, replicationFactor: 1 })))
  const [orders, payments] = [createOrderService(), createPaymentService()]
  await Promise.all([
    orders.start({ db: dbs.orders, bus, log, clock }),
    payments.start({ db: dbs.payments, bus, log, clock }),
  ])
  return {
    dbs,
    place: async (cents) => {
      const orderId = clock.newId()
      await placeOrder({ db: dbs.orders, orders }, { orderId, cents, time: clock.now() })
      return awaitEnd(dbs, orderId, clock)
    },
    stop: async () => {
      for (const part of [orders, payments, bus, dbs.orders, dbs.payments]) await part.stop()
    },
  }
}

async function awaitEnd(dbs: Choreography['dbs'], orderId: string, clock: Clock): Promise<Ended> {
  const giveUpAt = clock.monotonicMs() + endMsMax
  while (clock.monotonicMs() < giveUpAt) {
    const order = await statusOf(dbs.orders, 'select status from orders where id = $1', orderId)
    if (order !== 'PENDING') {
      const sql = 'select status from payments where order_id = $1'
      return { orderId, order, payment: await statusOf(dbs.payments, sql, orderId) }
    }
    await clock.wait(lookMs)
  }
  throw new Error(`The order ${orderId} has not ended within ${endMsMax} ms.`)
}

async function statusOf(db: Db, sql: string, id: string): Promise<string> {
  return (await db.query<{ readonly status: string }>(sql, [id])).rows[0]?.status ?? 'none'
}
