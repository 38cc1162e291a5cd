// One measurement: a load in a closed loop, and what all processes together used for it.
import { type ChildProcess, fork } from 'node:child_process'
import type { LoadOrder, LoadResult } from './closed-loop.ts'
import type { Measurement } from './measurement.ts'
import { type ProcessKinds, readUsage, type Usage } from './process-usage.ts'

/** A load that is under way, whoever brings it. */
export type Load = {
  readonly pids: readonly number[]
  /** Resolves when the timed window begins. */
  readonly measuring: Promise<unknown>
  /** Resolves when it is over; its figures may take longer. */
  readonly over: Promise<unknown>
  readonly measured: Promise<LoadResult>
  /** Resolves when every saga has ended. */
  readonly drained: Promise<unknown>
}

/** What a measurement says without the engine's own figures. */
export type Figures = Omit<Measurement, 'engine' | 'batches' | 'perSaga'>

/** Longer than any load may take to drain. */
const drainMsMax = 90_000

/** Starts a load in a process of its own, which speaks as closed-loop.ts does. */
export function forkLoad(
  program: string,
  order: LoadOrder,
  options: {
    readonly report: (line: string) => void
    readonly env?: Readonly<Record<string, string | undefined>>
  },
): Load {
  const child = fork(program, { env: options.env ?? process.env })
  child.on('message', (message) => {
    const { type, ended } = message as { readonly type?: string; readonly ended?: number }
    if (type === 'progress') options.report(`${order.inFlight} in flight: ${ended} ended`)
  })
  child.send(order)
  const measured = message<LoadResult>(
    child,
    'measured',
    order.warmUpMs + order.measureMs + 2 * drainMsMax,
  )
  return {
    pids: child.pid === undefined ? [] : [child.pid],
    measuring: message(child, 'measuring', order.warmUpMs + drainMsMax),
    over: measured,
    measured,
    drained: message(child, 'drained', order.warmUpMs + order.measureMs + 3 * drainMsMax),
  }
}

/** `loadKind`: where the CPU of the load's own process counts. */
export async function measure(
  { inFlight }: LoadOrder,
  load: Load,
  processes: () => ProcessKinds,
  loadKind = 'load',
): Promise<Figures> {
  const kinds = () => ({ ...processes(), [loadKind]: load.pids })
  await load.measuring
  const before = readUsage(kinds())
  await load.over
  const after = readUsage(kinds())
  const result = await load.measured
  await load.drained
  return figuresOf(inFlight, result, before, after)
}

function figuresOf(inFlight: number, result: LoadResult, before: Usage, after: Usage): Figures {
  const cpuPer1000 = cpuByKind(before, after, result.ended)
  return {
    inFlight,
    seconds: result.seconds,
    sagasPerSecond: result.ended / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    failed: result.failed,
    cpuPer1000,
    cpuPer1000All: Object.values(cpuPer1000).reduce((sum, one) => sum + one, 0),
    pssMb: Object.fromEntries(Object.entries(after).map(([kind, { pssMb }]) => [kind, pssMb])),
  }
}

export function cpuByKind(before: Usage, after: Usage, sagas: number): Record<string, number> {
  const entries = Object.entries(after).map(([kind, { cpuSeconds }]) => {
    const used = cpuSeconds - (before[kind]?.cpuSeconds ?? 0)
    return [kind, (used * 1_000) / sagas] as const
  })
  return Object.fromEntries(entries)
}

function message<T>(child: ChildProcess, type: string, withinMs: number): Promise<T> {
  const told = new Promise<T>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the load generator ${why}`))
    const timer = setTimeout(() => fail(`did not say '${type}' in time`), withinMs)
    const onExit = () => {
      clearTimeout(timer)
      fail(`ended before it said '${type}'`)
    }
    const onMessage = (received: unknown) => {
      if ((received as { readonly type?: string }).type !== type) return
      clearTimeout(timer)
      child.off('exit', onExit)
      child.off('message', onMessage)
      resolve(received as T)
    }
    child.once('exit', onExit)
    child.on('message', onMessage)
  })
  // Each is awaited in its turn; one that fails before that is no surprise to the process.
  told.catch(() => undefined)
  return told
}
