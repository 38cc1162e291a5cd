// The floor under every orchestrator with Kafka and Postgres: the round trips and group commits of
// the order saga with the bytes of the product, prepared beforehand, and no logic in between: no
// REST, statechart, check, fence, timer or recovery. Frozen: the quickest that could be written. It
// changes only when it becomes quicker, or when the bytes of the product do.
import { closedLoop, onOrder } from '../closed-loop.ts'
import { ordersLoop, paymentsLoop, replyLoop, startLoop } from './floor-loops.ts'
import {
  connect,
  consume,
  type FloorOrder,
  forgetEveryMs,
  idOf,
  openKafka,
  publisher,
} from './floor-parts.ts'
import { forgetBatches } from './floor-statements.ts'

onOrder<FloorOrder>(async (order) => {
  const kafka = openKafka(order)
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
