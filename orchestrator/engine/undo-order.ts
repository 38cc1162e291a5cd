// The order in which what was done is undone: backwards through the steps as they were entered,
// but for branches that ran side by side. Those go by their place in the definition, so that the
// order does not depend on which answer came first.
import type { InvokePath } from '../definition/saga-definition.ts'
import type { Saga, StepState } from './saga.ts'

/** The place of a step that is about to be entered; nothing for one outside of parallel states. */
export function orderOf(
  { groups, steps }: Pick<Saga, 'groups' | 'steps'>,
  path: InvokePath | undefined,
): readonly number[] | undefined {
  if (path === undefined || path.length === 0) return undefined
  const places = path.flatMap(({ group, branch }) => [groups[group] ?? 0, branch])
  return [...places, steps.length]
}

/** The index of the last one, in that order, of those that are asked for; -1 without any. */
export function lastInOrder(
  steps: readonly StepState[],
  isAskedFor: (step: StepState) => boolean,
): number {
  let last = -1
  let lastPlace: readonly number[] = []
  steps.forEach((step, index) => {
    if (!isAskedFor(step)) return
    const place = step.order ?? [index]
    if (last < 0 || isAfter(place, lastPlace)) [last, lastPlace] = [index, place]
  })
  return last
}

function isAfter(a: readonly number[], b: readonly number[]): boolean {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return a.length > b.length
}
