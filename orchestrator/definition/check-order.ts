// The law of kinds: compensatable steps, at most one pivot, then retriable steps, and nothing that
// can fail after that; on every way through the saga.
import type { CommandItem, ForEachItem, ParallelItem, SagaItem } from './saga-item.ts'

/** What has been passed on the way: a pivot or a retriable step, or nothing so far. */
type Passed = { readonly name: string; readonly kind: string } | null

/** Where a list stands: inside some items there are kinds that may not be. */
type Place = { readonly noPivot: string | null; readonly noRetriable: string | null }

type Found = { readonly passed: Passed; readonly problem: string | null }

/** The first rule that is broken, or null. */
export function orderProblem(items: readonly SagaItem[]): string | null {
  return afterList(items, null, { noPivot: null, noRetriable: null }).problem
}

function afterList(items: readonly SagaItem[], before: Passed, place: Place): Found {
  let passed = before
  for (const item of items) {
    const found = afterItem(item, passed, place)
    if (found.problem !== null) return found
    passed = found.passed
  }
  return { passed, problem: null }
}

function afterItem(item: SagaItem, passed: Passed, place: Place): Found {
  switch (item.type) {
    case 'command':
    case 'forEach':
      return afterStep(item, passed, place)
    case 'parallel':
      return afterBranches(item, passed, place)
    case 'choose':
      return joined(
        item.ways.map(({ items }) => afterList(items, passed, place)),
        passed,
      )
    case 'repeat': {
      const inside = { noPivot: `repeat ${item.name}`, noRetriable: `repeat ${item.name}` }
      if (passed !== null) return broken(canFail(`repeat ${item.name}`, passed))
      return afterList(item.items, passed, inside)
    }
    case 'wait': {
      const fails = item.timeoutMs !== null && item.onTimeout === 'fail'
      if (passed !== null && fails) return broken(canFail(`waitFor ${item.name}`, passed))
      return { passed, problem: null }
    }
    case 'approval':
      if (passed !== null) return broken(canFail(`approval ${item.name}`, passed))
      return { passed, problem: null }
    case 'delay':
    case 'moment':
      return { passed, problem: null }
  }
}

const broken = (problem: string): Found => ({ passed: null, problem })

const canFail = (what: string, { kind, name }: NonNullable<Passed>): string =>
  `${what} can fail, but comes after ${kind} step ${name}`

function afterStep(item: CommandItem | ForEachItem, passed: Passed, place: Place): Found {
  const { kind, name } = item.step
  if (kind === 'pivot' && item.type === 'forEach') {
    return broken(`pivot step ${name} is a forEach`)
  }
  if (kind === 'pivot' && place.noPivot !== null) {
    return broken(`pivot step ${name} stands inside ${place.noPivot}`)
  }
  if (kind === 'retriable' && place.noRetriable !== null) {
    return broken(`retriable step ${name} stands inside ${place.noRetriable}, which can fail`)
  }
  if (passed !== null && kind !== 'retriable') {
    return broken(`${kind} step ${name} comes after ${passed.kind} step ${passed.name}`)
  }
  return { passed: kind === 'compensatable' ? passed : { kind, name }, problem: null }
}

/** What stands beside a step that only goes forward must not fail. */
function afterBranches(item: ParallelItem, passed: Passed, place: Place): Found {
  const inside = { ...place, noPivot: `parallel ${item.name}` }
  const found = item.branches.map(({ items }) => afterList(items, passed, inside))
  const end = joined(found, passed)
  if (end.problem !== null || end.passed === passed || end.passed === null) return end
  const { branches, name } = item
  const failing = branches.find(({ items }) => afterList(items, end.passed, inside).problem)
  if (!failing) return end
  const branch = `branch ${failing.name} of ${name}`
  return broken(`retriable step ${end.passed.name} stands beside ${branch}, which can fail`)
}

function joined(found: readonly Found[], before: Passed): Found {
  const problem = found.find((one) => one.problem !== null)
  if (problem) return problem
  return { passed: found.find(({ passed }) => passed !== null)?.passed ?? before, problem: null }
}
