// A clock on which waiting takes no time: each wait moves it on and ends in the next turn of the
// event loop. For tests of retries and limits.
import type { Clock } from '../../messaging/clock.ts'

export type InstantClock = Clock & { readonly waits: number[] }

export function createInstantClock(): InstantClock {
  let elapsedMs = 0
  let ids = 0
  const waits: number[] = []
  return {
    waits,
    now: () => new Date(elapsedMs),
    monotonicMs: () => elapsedMs,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted !== true) {
          waits.push(ms)
          elapsedMs += ms
        }
        setImmediate(resolve)
      }),
    random: () => 1,
    newId: () => `id-${++ids}`,
    newSecret: () => `secret-${++ids}`,
  }
}
