// An answer that is asked for once and then given to everybody for a while: however many look, the
// source is asked no more often than that.
import type { Clock } from './clock.ts'

/** Answers a reader of it. A failure goes to those who waited for it, and is not kept. */
export function keptFor<T>(ms: number, clock: Clock, read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null
  let freshUntil = 0
  return () => {
    if (answer !== null && clock.monotonicMs() < freshUntil) return answer
    const asked = read()
    answer = asked
    // While it is asked it counts as fresh: everybody waits for the same answer.
    freshUntil = Number.POSITIVE_INFINITY
    asked.then(
      () => {
        freshUntil = clock.monotonicMs() + ms
      },
      () => {
        freshUntil = 0
      },
    )
    return asked
  }
}
