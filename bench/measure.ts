// One measurement: a load process in a closed loop, and what all processes together used for it.
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LoadOrder, LoadResult } from './load.ts'
import { type ProcessKinds, readUsage, type Usage } from './process-usage.ts'

export type Measurement = {
  readonly inFlight: number
  readonly sagasPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Of requests that did not end as they must. */
  readonly failed: number
  /** CPU-seconds for 1,000 ended sagas, of every process involved. */
  readonly cpuPer1000: Readonly<Record<string, number>>
  readonly cpuPer1000All: number
  readonly pssMb: Readonly<Record<string, number>>
}

/** Longer than any load may take to drain. */
const drainMsMax = 90_000

export async function measure(
  order: LoadOrder,
  processes: () => ProcessKinds,
): Promise<Measurement> {
  const child = fork(fileURLToPath(new URL('load.ts', import.meta.url)))
  const kinds = () => ({ ...processes(), load: child.pid === undefined ? [] : [child.pid] })
  child.send(order)
  await message(child, 'measuring', order.warmUpMs + drainMsMax)
  const before = readUsage(kinds())
  const result = await message<LoadResult>(child, 'measured', order.measureMs + drainMsMax)
  const after = readUsage(kinds())
  await message(child, 'drained', drainMsMax)
  return toMeasurement(order.inFlight, result, before, after)
}

function toMeasurement(
  inFlight: number,
  result: LoadResult,
  before: Usage,
  after: Usage,
): Measurement {
  const cpuPer1000 = cpuByKind(before, after, result.ended)
  return {
    inFlight,
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
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the load generator ${why}`))
    const timer = setTimeout(() => fail(`did not say '${type}' in time`), withinMs)
    const onExit = () => fail(`ended before it said '${type}'`)
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
}
