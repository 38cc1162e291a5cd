// The load generator, a process of its own: C sagas in flight over REST, each request answered
// when its saga has ended. Forked by engines/sagaline.ts.
import { type Bringer, closedLoop, type LoadOrder, onOrder } from './closed-loop.ts'
import { HttpConnection } from './http-connection.ts'

export type RestLoadOrder = LoadOrder & {
  /** Taken in turn by the connections. */
  readonly urls: readonly string[]
}

const waitSeconds = 60

onOrder<RestLoadOrder>(async (order) => {
  let opened = 0
  await closedLoop(order, async () => {
    const url = order.urls[opened++ % order.urls.length] ?? ''
    return bringerOver(await HttpConnection.open(url))
  })
})

function bringerOver(connection: HttpConnection): Bringer {
  const headers = `prefer: wait=${waitSeconds}\r\n`
  return {
    bring: async (number, isDeclined) => {
      const answer = await connection.post('/sagas/place-order', headers, body(number, isDeclined))
      const end = isDeclined ? '"status":"compensated"' : '"status":"completed"'
      return answer.status < 300 && answer.body.includes(end)
    },
    close: () => connection.close(),
  }
}

function body(number: number, declinePayment: boolean): string {
  const items = [{ sku: 'book', quantity: 1 }]
  return JSON.stringify({ customerId: `c${number}`, amount: 4_200, items, declinePayment })
}
