// A handler that remembers what it was given, for the conformance suite. Its doings can be
// replaced test by test; by default a batch is settled at once.
import type { Handled, IncomingRecord } from '../../messaging/bus.ts'

export const settled: Handled = { settled: Promise.resolve() }

export type Subscriber = {
  /** Every record handed over, in order, repeats included. */
  readonly records: IncomingRecord[]
  readonly batches: (readonly IncomingRecord[])[]
  /** Handlers that run at this moment, and the most there ever were. */
  running: number
  runningMax: number
  react: (records: readonly IncomingRecord[]) => Promise<Handled>
  readonly handle: (records: readonly IncomingRecord[]) => Promise<Handled>
  /** The values, each once, in order of first arrival. */
  values(): readonly string[]
}

export function createSubscriber(): Subscriber {
  const subscriber: Subscriber = {
    records: [],
    batches: [],
    running: 0,
    runningMax: 0,
    react: async () => settled,
    handle: async (records) => {
      subscriber.running += 1
      subscriber.runningMax = Math.max(subscriber.runningMax, subscriber.running)
      subscriber.records.push(...records)
      subscriber.batches.push(records)
      try {
        return await subscriber.react(records)
      } finally {
        subscriber.running -= 1
      }
    },
    values: () => [...new Set(subscriber.records.map(({ value }) => String(value)))],
  }
  return subscriber
}

export type Gate = { readonly open: () => void; readonly passed: Promise<void> }

export function createGate(): Gate {
  let open = () => {}
  const passed = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, passed }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Looks again and again; fails with `what` when it never comes true. */
export async function until(what: string, isSo: () => boolean, limitMs = 30_000): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`Waited ${limitMs} ms until ${what}`)
    await sleep(5)
  }
}
