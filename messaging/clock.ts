// Time and chance as arguments: the real ones, given in by the `main.ts` files. The only place
// that reads the machine's clock or rolls dice; decisions take their time from Postgres instead.
import { randomBytes, randomFillSync, randomInt, randomUUID } from 'node:crypto'
import { v7 } from 'uuid'

export type Clock = {
  now(): Date
  /** Milliseconds that never go back; only differences mean anything. */
  monotonicMs(): number
  /** Resolves after the time, or at once when the signal is aborted; never rejects. */
  wait(ms: number, signal?: AbortSignal): Promise<void>
  /** A number from 0 up to 1, for jitter. */
  random(): number
  /** A UUIDv7: sorts by the millisecond it was made in. */
  newId(): string
  /** A UUIDv4, for what must not be guessed. */
  newSecret(): string
}

const randomSteps = 2 ** 32

const idBytes = 16
/** Drawn many ids at a time: one draw costs 6 µs, however little it draws. */
const drawn = new Uint8Array(256 * idBytes)
let drawnUsed = drawn.length

function drawIdBytes(): Uint8Array {
  if (drawnUsed === drawn.length) {
    randomFillSync(drawn)
    drawnUsed = 0
  }
  drawnUsed += idBytes
  return drawn.subarray(drawnUsed - idBytes, drawnUsed)
}

/** The machine’s own clock and chance. */
export const realClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  wait: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) return resolve()
      // Let go at the end: a listener that was removed still points to the next one (`passing.ts`).
      let waiting: (() => void) | null = resolve
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        waiting?.()
        waiting = null
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end)
    }),
  random: () => randomInt(randomSteps) / randomSteps,
  newId: () => v7({ random: drawIdBytes() }),
  newSecret: () => randomUUID(),
}

/**
 * Bytes that cannot be guessed and never come twice. Not a part of `Clock`: a test that chose them
 * would encrypt two texts alike.
 */
export const secretBytes = (count: number): Buffer => randomBytes(count)

export type Backoff = { readonly initialMs: number; readonly maxMs: number }

/** The pause before try number `attempt` (from 1): doubling, capped, with half of it jittered. */
export function backoffMs(backoff: Backoff, attempt: number, random: () => number): number {
  const doubled = backoff.initialMs * 2 ** Math.min(attempt - 1, 30)
  const full = Math.min(doubled, backoff.maxMs)
  return full / 2 + (full / 2) * random()
}
