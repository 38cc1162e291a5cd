// The closed loop of every engine's load: C sagas in flight, the next one begins when one has
// ended. Runs in the process that brings the load, which is told what to do over IPC and tells
// there what it measured; measure.ts is at the other end.

export type LoadOrder = {
  readonly inFlight: number
  readonly warmUpMs: number
  readonly measureMs: number
}

export type LoadResult = {
  readonly type: 'measured'
  readonly ended: number
  readonly seconds: number
  /** Sagas that did not end as they must, also outside the timed window. */
  readonly failed: number
  readonly p50Ms: number
  readonly p99Ms: number
}

/** One of the C: brings one saga after the other. */
export type Bringer = {
  /** Resolves when the saga has durably ended: whether it did so as it must. */
  readonly bring: (number: number, isDeclined: boolean) => Promise<boolean>
  readonly close: () => void
}

/** Every tenth payment is declined. */
const declineEvery = 10
const progressEveryMs = 5_000
/** A saga that could not even be brought; the next one may be. */
const failurePauseMs = 20

/** Resolves when every saga has ended. */
export async function closedLoop(order: LoadOrder, open: () => Promise<Bringer>): Promise<void> {
  const latenciesMs: number[] = []
  const state = { number: 0, failed: 0, isMeasuring: false, isOver: false }
  const run = async () => {
    const bringer = await open()
    while (!state.isOver) {
      const startedAt = performance.now()
      const isDeclined = ++state.number % declineEvery === 0
      const isRight = await bringer.bring(state.number, isDeclined).catch(failed)
      if (!isRight) state.failed += 1
      else if (state.isMeasuring) latenciesMs.push(performance.now() - startedAt)
    }
    bringer.close()
  }
  const loops = Array.from({ length: order.inFlight }, run)
  await pause(order.warmUpMs)
  tell({ type: 'measuring' })
  const from = performance.now()
  state.isMeasuring = true
  const progress = setInterval(
    () => tell({ type: 'progress', ended: latenciesMs.length }),
    progressEveryMs,
  )
  await pause(order.measureMs)
  state.isMeasuring = false
  clearInterval(progress)
  const seconds = (performance.now() - from) / 1_000
  tell(resultOf(latenciesMs, seconds, state.failed))
  state.isOver = true
  await Promise.all(loops)
  tell({ type: 'drained', brought: state.number, failed: state.failed })
}

/** Calls `work` with the order that comes over IPC; ends with the process that asked. */
export function onOrder<Order>(work: (order: Order) => Promise<void>): void {
  process.once('message', (order) => void work(order as Order).then(() => process.disconnect()))
  // Nobody wants the result any more.
  process.once('disconnect', () => process.exit(0))
}

async function failed(error: unknown): Promise<false> {
  console.error(error)
  await pause(failurePauseMs)
  return false
}

function resultOf(latenciesMs: number[], seconds: number, failed: number): LoadResult {
  latenciesMs.sort((a, b) => a - b)
  const quantile = (q: number) => latenciesMs[Math.floor(latenciesMs.length * q)] ?? Number.NaN
  const ended = latenciesMs.length
  return { type: 'measured', ended, seconds, failed, p50Ms: quantile(0.5), p99Ms: quantile(0.99) }
}

function tell(message: object): void {
  process.send?.(message)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
