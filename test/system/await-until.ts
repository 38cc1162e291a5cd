// Waiting in tests: for a condition, never for a time. What does not come within the limit fails
// the test with its name.
import { setTimeout as sleep } from 'node:timers/promises'

/** Generous: the two cores are shared with everything else that the suite starts. */
export const usualLimitMs = 60_000

const pollMs = 25

/**
 * Resolves with the first answer that is neither false, null nor undefined. A probe that throws
 * is asked again: what it asks may not be up yet.
 */
export async function awaitUntil<T>(
  what: string,
  probe: () => T | Promise<T>,
  limitMs = usualLimitMs,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = performance.now() + limitMs
  let last: unknown
  while (performance.now() < deadline) {
    try {
      const answer = await probe()
      if (answer !== false && answer !== null && answer !== undefined) {
        return answer as Exclude<T, false | null | undefined>
      }
      last = answer
    } catch (error) {
      last = error
    }
    await sleep(pollMs)
  }
  throw new Error(`not within ${limitMs} ms: ${what} (last answer: ${String(last)})`)
}
