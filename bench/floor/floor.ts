// The floor under every orchestrator with Kafka and Postgres: the round trips and group commits of
// the order saga with the bytes of the product, prepared beforehand, and no logic in between: no
// REST, statechart, check, fence, timer or recovery. Frozen: the quickest that could be written. It
// changes only when it becomes quicker, or when the bytes of the product do.
import type { Consumer, Kafka, Producer, TopicMessages } from 'kafkajs'
import pg from 'pg'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { closedLoop, type LoadOrder, onOrder } from '../closed-loop.ts'
import { ordersLoop, paymentsLoop, replyLoop, startLoop } from './floor-loops.ts'
import { type FloorTopics, type Passing, stepOf } from './floor-records.ts'
import { forgetBatches } from './floor-statements.ts'
import { gather } from './gather.ts'

export type FloorOrder = LoadOrder & {
  readonly brokers: readonly string[]
  readonly partitions: number
  readonly databases: Readonly<Record<'sagas' | 'orders' | 'payments', string>>
  readonly topics: FloorTopics
  /** Ends the names of its consumer groups. */
  readonly run: string
  /** Begins the ids of its sagas: eight hexadecimal digits, rising from run to run. */
  readonly idPrefix: string
}

/** As often as the product does. */
const forgetEveryMs = 500

onOrder<FloorOrder>(async (order) => {
  const { Kafka: Client, logLevel } = loadKafkaJs()
  const brokers = [...order.brokers]
  const kafka = new Client({ clientId: 'floor', brokers, logLevel: logLevel.NOTHING })
  const { databases, topics } = order
  const [starts, sagas, orders, payments] = await Promise.all([
    connect(databases.sagas),
    connect(databases.sagas),
    connect(databases.orders),
    connect(databases.payments),
  ])
  const [ofSagas, ofOrders, ofPayments] = await Promise.all([
    publisher(kafka),
    publisher(kafka),
    publisher(kafka),
  ])
  const waiting = new Map<string, (isRight: boolean) => void>()
  const onEnded = (id: string) => {
    waiting.get(id)?.(true)
    waiting.delete(id)
  }
  const start = startLoop(starts, ofSagas.send, topics)
  const consumers = await Promise.all([
    consume(kafka, order, topics.orders, ordersLoop(orders, ofOrders.send, topics)),
    consume(kafka, order, topics.payments, paymentsLoop(payments, ofPayments.send, topics)),
    consume(kafka, order, topics.replies, replyLoop(sagas, ofSagas.send, topics, onEnded)),
  ])
  const forgetting = setInterval(() => void starts.query(forgetBatches), forgetEveryMs)
  await closedLoop(order, async () => ({
    bring: (number) =>
      new Promise((resolve) => {
        const id = idOf(order, number)
        waiting.set(id, resolve)
        start([{ id, step: 1, partition: number % order.partitions }])
      }),
    close: () => undefined,
  }))
  clearInterval(forgetting)
  await Promise.all(consumers.map((consumer) => consumer.disconnect()))
  await Promise.all([ofSagas, ofOrders, ofPayments].map(({ producer }) => producer.disconnect()))
  await Promise.all([starts, sagas, orders, payments].map((client) => client.end()))
})

function idOf({ idPrefix }: FloorOrder, number: number): string {
  return `${idPrefix}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return client
}

type Publisher = {
  readonly producer: Producer
  readonly send: (records: readonly TopicMessages[]) => void
}

/** One request in flight; what comes meanwhile goes with the next one. */
async function publisher(kafka: Kafka): Promise<Publisher> {
  const producer = kafka.producer({
    maxInFlightRequests: 1,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  })
  await producer.connect()
  const send = gather<TopicMessages>((records) =>
    producer.sendBatch({ acks: -1, topicMessages: [...records] }),
  )
  return { producer, send }
}

/** Hands over and fetches on: what is handed over comes to an end before the load does. */
async function consume(
  kafka: Kafka,
  { run, partitions }: FloorOrder,
  topic: string,
  take: (passing: readonly Passing[]) => void,
): Promise<Consumer> {
  const consumer = kafka.consumer({ groupId: `floor-${topic}-${run}`, maxWaitTimeInMs: 250 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: false })
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: partitions,
    eachBatch: async ({ batch }) => take(stepOf(batch)),
  })
  await joined
  return consumer
}
