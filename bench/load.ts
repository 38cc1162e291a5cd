// The load generator, a process of its own: C sagas in flight over REST in a closed loop, each
// request answered when its saga has ended. Forked by measure.ts, told what to do over IPC.
import { HttpConnection } from './http-connection.ts'

export type LoadOrder = {
  readonly url: string
  readonly inFlight: number
  readonly warmUpMs: number
  readonly measureMs: number
}

export type LoadResult = {
  readonly type: 'measured'
  readonly ended: number
  readonly seconds: number
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** Every tenth payment is declined. */
const declineEvery = 10
const waitSeconds = 60

process.once('message', (order) => void load(order as LoadOrder))
// The one that asked is gone: nobody wants the result.
process.once('disconnect', () => process.exit(1))

async function load(order: LoadOrder): Promise<void> {
  const latenciesMs: number[] = []
  const state = { number: 0, failed: 0, isMeasuring: false, isOver: false }
  const run = async () => {
    const connection = await HttpConnection.open(order.url)
    while (!state.isOver) {
      const startedAt = performance.now()
      const declinePayment = ++state.number % declineEvery === 0
      const isEnded = await placeOrder(connection, state.number, declinePayment)
      if (!isEnded) state.failed += 1
      else if (state.isMeasuring) latenciesMs.push(performance.now() - startedAt)
    }
    connection.close()
  }
  const loops = Array.from({ length: order.inFlight }, run)
  await pause(order.warmUpMs)
  process.send?.({ type: 'measuring' })
  const from = performance.now()
  state.isMeasuring = true
  await pause(order.measureMs)
  state.isMeasuring = false
  const seconds = (performance.now() - from) / 1_000
  process.send?.(resultOf(latenciesMs, seconds, state.failed))
  state.isOver = true
  await Promise.all(loops)
  process.send?.({ type: 'drained' })
  process.disconnect()
}

async function placeOrder(
  connection: HttpConnection,
  number: number,
  declinePayment: boolean,
): Promise<boolean> {
  const items = [{ sku: 'book', quantity: 1 }]
  const body = JSON.stringify({ customerId: `c${number}`, amount: 4_200, items, declinePayment })
  const headers = `prefer: wait=${waitSeconds}\r\n`
  const answer = await connection.post('/sagas/place-order', headers, body)
  const end = declinePayment ? '"status":"compensated"' : '"status":"completed"'
  return answer.status < 300 && answer.body.includes(end)
}

function resultOf(latenciesMs: number[], seconds: number, failed: number): LoadResult {
  latenciesMs.sort((a, b) => a - b)
  const quantile = (q: number) => latenciesMs[Math.floor(latenciesMs.length * q)] ?? Number.NaN
  const ended = latenciesMs.length
  return { type: 'measured', ended, seconds, failed, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
