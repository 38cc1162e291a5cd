// One of the floor's parts as a process of its own, as the product has them: the sagas, which are
// started over a socket, or one of the two services. With engines/floor-apart.ts it shows what the
// way between processes costs. Frozen, as floor.ts is.
import { type AddressInfo, createServer } from 'node:net'
import { onOrder } from '../closed-loop.ts'
import { ordersLoop, paymentsLoop, replyLoop, startLoop } from './floor-loops.ts'
import {
  connect,
  consume,
  type FloorPartOrder,
  forgetEveryMs,
  idOf,
  openKafka,
  publisher,
} from './floor-parts.ts'
import { forgetBatches } from './floor-statements.ts'

/** As long as the product's answer over REST. */
const ended = Buffer.alloc(600, 'x')

onOrder<FloorPartOrder>(async (order) => {
  const kafka = openKafka(order)
  const { databases, topics, part } = order
  const { send } = await publisher(kafka)
  const client = await connect(databases[part])
  let port: number | null = null
  if (part === 'orders') {
    await consume(kafka, order, topics.orders, ordersLoop(client, send, topics))
  } else if (part === 'payments') {
    await consume(kafka, order, topics.payments, paymentsLoop(client, send, topics))
  } else {
    const waiting = new Map<string, () => void>()
    const onEnded = (id: string) => {
      waiting.get(id)?.()
      waiting.delete(id)
    }
    const loop = replyLoop(await connect(databases.sagas), send, topics, onEnded)
    await consume(kafka, order, topics.replies, loop)
    setInterval(() => void client.query(forgetBatches), forgetEveryMs)
    const start = startLoop(client, send, topics)
    port = await listen((number, answer) => {
      const id = idOf(order, number)
      waiting.set(id, answer)
      start([{ id, step: 1, partition: number % order.partitions }])
    })
  }
  process.send?.({ port })
  // Until its parent ends it.
  await new Promise(() => undefined)
})

/** A number that comes starts a saga, one at a time on a connection. Answers the port. */
function listen(onStart: (number: number, answer: () => void) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('data', (data) => onStart(Number(data), () => socket.write(ended)))
    socket.on('error', () => socket.destroy())
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
