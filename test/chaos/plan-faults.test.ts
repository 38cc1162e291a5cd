// The plan of a chaos run is decided by its seed, holds every kind, and keeps to its time.
import { expect, it } from 'vitest'
import { allFaults } from './faults/all-faults.ts'
import { planFaults } from './plan-faults.ts'
import { leastOf } from './verdict.ts'

const kinds = allFaults.map(({ kind }) => kind)
const minutes = (count: number) => count * 60_000

it('is the same for the same seed, and another for another', () => {
  const plan = (seed: number) => planFaults({ seed, lengthMs: minutes(10), kinds })
  expect(plan(7)).toEqual(plan(7))
  expect(plan(7)).not.toEqual(plan(8))
})

it('has at least 100 faults in ten minutes, and every kind before any comes again', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const plan = planFaults({ seed, lengthMs: minutes(10), kinds })
    expect(plan.length).toBeGreaterThanOrEqual(100)
    const first = plan.slice(0, kinds.length).map(({ kind }) => kind)
    expect(new Set(first).size).toBe(kinds.length)
  }
})

it.each([1, 1.1, 2, 3])('has in %d minutes as many as the verdict asks for', (count) => {
  const least = leastOf(count, 0)
  for (let seed = 0; seed < 50; seed += 1) {
    const plan = planFaults({ seed, lengthMs: minutes(count), kinds })
    expect(plan.length).toBeGreaterThanOrEqual(least.faults)
    expect(new Set(plan.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(least.kinds)
  }
})

it('comes in the order of its times, all within the load', () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const times = planFaults({ seed, lengthMs: minutes(2), kinds }).map(({ atMs }) => atMs)
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(times[0]).toBeGreaterThan(0)
    expect(times.at(-1)).toBeLessThan(minutes(2))
  }
})

it('knows every fault by one name', () => {
  expect(new Set(kinds).size).toBe(kinds.length)
})
