// Cuts an exploration into slices for workers, and puts what they found together as if one had
// walked all of it.
import type { Exploration } from './explore.ts'

export type Slice = { readonly seed: number; readonly first: number; readonly runs: number }

export function slicesOf({ seed, first, runs }: Slice, sliceRuns = 1_000): readonly Slice[] {
  return Array.from({ length: Math.ceil(runs / sliceRuns) }, (_, index) => ({
    seed,
    first: first + index * sliceRuns,
    runs: Math.min(sliceRuns, runs - index * sliceRuns),
  }))
}

/** Up to the first failure, as they follow one another. */
export function mergeInOrder(explored: readonly Exploration[]): Exploration {
  const seen = new Map<string, number>()
  let runs = 0
  for (const one of explored) {
    runs += one.runs
    for (const [thing, count] of one.seen) seen.set(thing, (seen.get(thing) ?? 0) + count)
    if (one.failure !== null) return { runs, seen, failure: one.failure }
  }
  return { runs, seen, failure: null }
}
