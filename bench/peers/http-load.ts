// The load of the peers that are asked over HTTP: each saga is one request, answered with its end.
// Forked by the peer's engine.
import { closedLoop, type LoadOrder, onOrder } from '../closed-loop.ts'
import { HttpConnection } from '../http-connection.ts'

export type HttpLoadOrder = LoadOrder & {
  readonly url: string
  /** With `{id}` where the saga's id stands. */
  readonly path: string
  /** Begins the ids, different for each load. */
  readonly run: string
}

onOrder<HttpLoadOrder>(async (order) => {
  await closedLoop(order, async () => {
    const connection = await HttpConnection.open(order.url)
    return {
      bring: async (number, isDeclined) => {
        const id = `${order.run}-${number}`
        const body = JSON.stringify({ id, isDeclined })
        const answer = await connection.post(order.path.replace('{id}', id), '', body)
        const end = isDeclined ? '"COMPENSATED"' : '"COMPLETED"'
        return answer.status === 200 && answer.body === end
      },
      close: () => connection.close(),
    }
  })
})
