// The pauses between sendings: they grow, are spread, and are the same at every replay.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { retryDelayMs, retryPolicy } from '../../orchestrator/definition/retry-policy.ts'

const policy = retryPolicy(false, { firstDelayMs: 100, factor: 2, delayMsMax: 1_000 })
const delays = (id: string) => [1, 2, 3, 4, 5].map((attempt) => retryDelayMs(policy, attempt, id))

it('the spread depends on the message alone', () => {
  expect(delays('s1/a/do/1')).toEqual(delays('s1/a/do/1'))
  expect(delays('s1/a/do/1')).not.toEqual(delays('s2/a/do/1'))
})

it('the spread of many messages fills the upper half of the pause', () => {
  const ids = Array.from({ length: 1_000 }, (_, i) => `saga-${i}/a/do/1`)
  const all = ids.map((id) => retryDelayMs(policy, 1, id))
  expect(Math.min(...all)).toBeLessThan(53)
  expect(Math.max(...all)).toBeGreaterThan(97)
  const mean = all.reduce((sum, delay) => sum + delay, 0) / all.length
  expect(mean).toBeGreaterThan(72)
  expect(mean).toBeLessThan(78)
})

it('a pause is always a whole time between half of the grown delay and its cap', () => {
  const options = fc.record({
    firstDelayMs: fc.nat({ max: 1e6 }),
    factor: fc.double({ min: 1, max: 1e6, noNaN: true }),
    delayMsMax: fc.nat({ max: 1e9 }),
  })
  const runs = fc.property(
    options,
    fc.integer({ min: 1, max: 1e6 }),
    fc.string(),
    (some, n, id) => {
      const delay = retryDelayMs(retryPolicy(false, some), n, id)
      const whole = Math.min(some.delayMsMax, some.firstDelayMs)
      expect(Number.isSafeInteger(delay)).toBe(true)
      expect(delay).toBeGreaterThanOrEqual(Math.floor(whole / 2))
      expect(delay).toBeLessThanOrEqual(some.delayMsMax)
    },
  )
  fc.assert(runs)
})
