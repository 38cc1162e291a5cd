// The statistics of a span of time, as REST shows them.
import type { Db } from '../../messaging/db.ts'
import { orchestratorError } from '../errors.ts'
import type { StatsCount } from '../store/stats-batch.ts'
import { readWindows, type StatsAsked } from '../store/stats-windows.ts'
import { countOf, type Durations, percentile } from './duration-buckets.ts'

export type StatsItem = Readonly<Record<StatsCount, number>> & {
  /** The beginning of the window. */
  readonly at: Date
  readonly name: string
  /** Null: the saga as a whole. */
  readonly step: string | null
  /** How many durations ended in the window. */
  readonly count: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

/** Items of one answer. */
const itemsMax = 20_000

/** In the order of time, name and step. @throws REQUEST_INVALID when there are too many. */
export async function readStats(
  db: Db,
  asked: Omit<StatsAsked, 'limit'>,
): Promise<readonly StatsItem[]> {
  const windows = await readWindows(db, { ...asked, limit: itemsMax + 1 })
  if (windows.length > itemsMax) {
    const problem = `more than ${itemsMax} items: ask for longer windows, a shorter span, or one name`
    throw orchestratorError('REQUEST_INVALID', { problem })
  }
  return windows.map(({ at, name, step, counts, durations: kept }) => {
    const durations: Durations = new Map(
      Object.entries(kept).map(([bucket, count]) => [Number(bucket), count]),
    )
    const count = countOf(durations)
    const [p50Ms, p99Ms] = [percentile(durations, 0.5), percentile(durations, 0.99)]
    const begin = new Date(at)
    return { at: begin, name, step: step === '' ? null : step, ...counts, count, p50Ms, p99Ms }
  })
}
