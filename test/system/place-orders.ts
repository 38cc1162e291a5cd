// Many orders at once, as many clients would place them: each waits for the end of its saga, and
// asks again with the same key for as long as it was not told.
import type { AnsweredStart } from './audit.ts'
import type { Answer, SagaClient } from './saga-client.ts'

export type OrdersToPlace = {
  readonly client: SagaClient
  readonly count: number
  /** No order is begun from then on. */
  readonly isOver?: () => boolean
  /** Told of each start that was answered with 503, and made again. */
  readonly onLater?: (answer: Answer) => void
  readonly inFlight: number
  /** Every so-manieth payment is declined. */
  readonly declineEvery: number
  /** Begins the names of the customers, which must be unique in a database. */
  readonly prefix: string
  /** Told after each order how many have ended. */
  readonly onEnded?: (ended: number) => void
  /** For one order, from its first try to its end. */
  readonly limitMs: number
}

/** One request waits so long; then it is made again. */
const waitS = 20

const endStatuses: readonly unknown[] = ['completed', 'compensated']

/** Resolves when every saga has ended; answers which were started. */
export async function placeOrders(orders: OrdersToPlace): Promise<readonly AnsweredStart[]> {
  const starts: AnsweredStart[] = []
  let next = 0
  const oneByOne = async () => {
    while (next < orders.count && orders.isOver?.() !== true) {
      const index = next
      next += 1
      const start = await placeOne(orders, index)
      starts.push(start)
      orders.onEnded?.(starts.length)
    }
  }
  await Promise.all(Array.from({ length: orders.inFlight }, oneByOne))
  return starts
}

async function placeOne(orders: OrdersToPlace, index: number): Promise<AnsweredStart> {
  const { client, prefix, declineEvery, limitMs, onLater = () => undefined } = orders
  const customer = `${prefix}-${index}`
  const input = orderOf(customer, index % declineEvery === declineEvery - 1)
  const deadline = performance.now() + limitMs
  const ids = new Set<string>()
  for (;;) {
    const leftMs = deadline - performance.now()
    const answer = await client.startPatiently(
      'place-order',
      input,
      { key: customer, waitS, onLater },
      leftMs,
    )
    ids.add(idOf(answer))
    if (ids.size > 1) throw new Error(`${customer} was given two sagas: ${[...ids].join(', ')}`)
    if (endStatuses.includes(answer.body['status'])) return { id: idOf(answer), customer }
    if (performance.now() > deadline) {
      throw new Error(`${customer} waits for ${JSON.stringify(answer.body)}`)
    }
  }
}

function idOf({ status, body }: Answer): string {
  const { id } = body
  if (typeof id === 'string') return id
  throw new Error(`a start was answered with ${status}: ${JSON.stringify(body)}`)
}

export function orderOf(customerId: string, declinePayment: boolean): unknown {
  return { customerId, amount: 100, items: [{ sku: 'book', quantity: 1 }], declinePayment }
}
