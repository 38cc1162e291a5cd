// The limits of `npm run bench -- --sketch FILE`: which ratio breaks one, and which may be anything.
import { describe, expect, it } from 'vitest'
import { areWithinLimits } from '../../bench/run/limits.ts'
import { measurementOf } from './bench-samples.ts'

const sketch = { sagasPerSecond: 100, p50Ms: 10, cpuPer1000All: 4 }

const isWithin = (inFlight: number, figures: Partial<typeof sketch>) =>
  areWithinLimits([
    measurementOf({ engine: 'sagaline', inFlight, ...sketch, ...figures }),
    measurementOf({ engine: 'sketch', inFlight, ...sketch }),
  ])

describe('a bench with a sketch', () => {
  it.each([
    [32, { sagasPerSecond: 49 }],
    [256, { sagasPerSecond: 49 }],
    [1, { p50Ms: 21 }],
    [256, { cpuPer1000All: 8.1 }],
    [1, { p50Ms: Number.NaN }],
  ])('breaks a limit at %d in flight by %o', (inFlight, figures) => {
    expect(isWithin(inFlight, figures)).toBe(false)
  })

  it.each([
    [32, { sagasPerSecond: 50, p50Ms: 90, cpuPer1000All: 90 }],
    [256, { sagasPerSecond: 50, p50Ms: 90, cpuPer1000All: 8 }],
    [1, { sagasPerSecond: 1, p50Ms: 20, cpuPer1000All: 90 }],
  ])('is within its limits at %d in flight by %o', (inFlight, figures) => {
    expect(isWithin(inFlight, figures)).toBe(true)
  })

  it('without a sketch has no limits', () => {
    const slow = measurementOf({ engine: 'sagaline', inFlight: 1, p50Ms: 1_000 })
    expect(areWithinLimits([slow])).toBe(true)
  })
})
