// Counts by the minute, saga name and step, as they gather: what a batch of events adds.
import { type StatsCount, type StatsWindow, statsCounts } from '../store/stats-batch.ts'
import { bucketOf } from './duration-buckets.ts'

export const windowMs = 60_000

/** `step` null: the saga as a whole. */
export type Place = {
  /** Any time in the minute, in ms since the epoch. */
  readonly at: number
  readonly name: string
  readonly step: string | null
}

type Gathering = StatsWindow & {
  readonly counts: Record<StatsCount, number>
  readonly durations: Record<string, number>
}

export class Windows {
  readonly #windows = new Map<string, Gathering>()

  add(place: Place, what: StatsCount): void {
    this.#window(place).counts[what] += 1
  }

  addDuration(place: Place, ms: number): void {
    const { durations } = this.#window(place)
    const bucket = bucketOf(ms)
    durations[bucket] = (durations[bucket] ?? 0) + 1
  }

  all(): readonly StatsWindow[] {
    return [...this.#windows.values()]
  }

  #window({ at, name, step }: Place): Gathering {
    const minute = Math.floor(at / windowMs) * windowMs
    const key = `${minute} ${name}\n${step ?? ''}`
    const known = this.#windows.get(key)
    if (known !== undefined) return known
    const counts = Object.fromEntries(statsCounts.map((what) => [what, 0]))
    const made = { at: minute, name, step: step ?? '', durations: {} }
    const window = { ...made, counts: counts as Record<StatsCount, number> }
    this.#windows.set(key, window)
    return window
  }
}
