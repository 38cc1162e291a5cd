// Durations in buckets of fixed bounds, each a tenth wider than the one before: counts of buckets add
// up, over minutes, partitions and processes, and give percentiles to within five per cent. Pure.

const growth = 1.1
/** Holds all that is longer than 260 days. */
const bucketMax = 250

/** How many durations are in which bucket. */
export type Durations = ReadonlyMap<number, number>

/** Bucket 0 holds all up to 1 ms. */
export function bucketOf(ms: number): number {
  const bucket = Math.round(Math.log(Math.max(ms, 1)) / Math.log(growth))
  return Math.min(bucket, bucketMax)
}

/** Of its middle, in ms. */
function durationOf(bucket: number): number {
  return growth ** bucket
}

export function countOf(durations: Durations): number {
  return [...durations.values()].reduce((sum, count) => sum + count, 0)
}

/** The duration, in ms, that a share of them (from 0 to 1) does not exceed; null when there are none. */
export function percentile(durations: Durations, share: number): number | null {
  const rank = Math.max(1, Math.ceil(share * countOf(durations)))
  let below = 0
  for (const [bucket, count] of [...durations].toSorted(([a], [b]) => a - b)) {
    below += count
    if (below >= rank) return Math.round(durationOf(bucket))
  }
  return null
}
