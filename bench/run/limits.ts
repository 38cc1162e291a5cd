// How far the system may be from a sketch of its hot path, by the figures that matter at each load.
import { type Measurement, runOf } from '../measurement.ts'

export type Figure = 'sagasPerSecond' | 'p50Ms' | 'cpuPer1000All'

type Limit = {
  readonly figure: Figure
  readonly inFlight: readonly number[]
  /** Of the system's figure to the sketch's. */
  readonly ratio: { readonly min: number } | { readonly max: number }
}

const limits: readonly Limit[] = [
  { figure: 'sagasPerSecond', inFlight: [32, 256], ratio: { min: 0.5 } },
  { figure: 'p50Ms', inFlight: [1], ratio: { max: 2 } },
  { figure: 'cpuPer1000All', inFlight: [256], ratio: { max: 2 } },
]

export type Verdict = {
  readonly ratio: number
  readonly isWithin: boolean
  /** What the ratio may be; null where there is no limit. */
  readonly limit: string | null
}

export function judge(figure: Figure, one: Measurement, sketch: Measurement): Verdict {
  const ratio = one[figure] / sketch[figure]
  const limit = limits.find(
    (each) => each.figure === figure && each.inFlight.includes(one.inFlight),
  )
  if (!limit) return { ratio, isWithin: true, limit: null }
  // Written so that a ratio that is no number is not within.
  if ('min' in limit.ratio) {
    const { min } = limit.ratio
    return { ratio, isWithin: ratio >= min, limit: `at least ${min}` }
  }
  const { max } = limit.ratio
  return { ratio, isWithin: ratio <= max, limit: `at most ${max}` }
}

/** True as well where no sketch was measured. */
export function areWithinLimits(runs: readonly Measurement[]): boolean {
  return runs
    .filter(({ engine }) => engine === 'sketch')
    .every((sketch) => {
      const one = runOf(runs, 'sagaline', sketch.inFlight)
      return !one || limits.every(({ figure }) => judge(figure, one, sketch).isWithin)
    })
}
