// Times of starts that are for later, as they come from outside: over REST and over Kafka alike.
import { orchestratorError } from '../errors.ts'

/** How far ahead a start may be. */
const startAheadMsMax = 10 * 365 * 24 * 3_600_000

const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/

/** Ms since the epoch of a time of RFC 3339, or null. */
export function readTime(text: string): number | null {
  const ms = timestamp.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? null : ms
}

/** @throws START_TIME_INVALID. */
export function checkStartAt(startAt: number, now: number): number {
  if (startAt <= now + startAheadMsMax) return startAt
  const problem = 'it is more than ten years ahead'
  throw orchestratorError('START_TIME_INVALID', {
    startAt: new Date(startAt).toISOString(),
    problem,
  })
}
