// A time limit on code that the kit does not own. Called by `run-handlers.ts`.
import type { Clock } from '../messaging/clock.ts'

/** Given as the reason of an abort that nobody reads: without one Node makes an error, with its stack. */
const over = 'over'

/** Rejects with `late()` after `limitMs`. What is late goes on unheard; its failure is ignored. */
export async function within<T>(
  clock: Clock,
  limitMs: number,
  run: () => Promise<T>,
  late: () => Error,
): Promise<T> {
  const done = new AbortController()
  const limit = new Promise<never>((_, reject) => {
    clock.wait(limitMs, done.signal).then(() => {
      if (!done.signal.aborted) reject(late())
    }, reject)
  })
  try {
    return await Promise.race([run(), limit])
  } finally {
    done.abort(over)
  }
}
