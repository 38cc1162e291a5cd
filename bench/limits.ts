// How far the system may be from a sketch of its hot path, by the figures that matter at each load.
import type { Measurement } from './measure.ts'
import type { SketchMeasurement } from './sketch.ts'

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

export function judge(figure: Figure, one: Measurement, sketch: SketchMeasurement): Verdict {
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
export function areWithinLimits(
  measured: readonly Measurement[],
  sketched: readonly SketchMeasurement[],
): boolean {
  return sketched.every((sketch) => {
    const one = measured.find(({ inFlight }) => inFlight === sketch.inFlight)
    return !one || limits.every(({ figure }) => judge(figure, one, sketch).isWithin)
  })
}
