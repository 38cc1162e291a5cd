// Refuses items of `defineSaga` that make no sense, by the name of the rule that they break.
import { timeMsMax, timeProblem } from './check-options.ts'
import { orderProblem } from './check-order.ts'
import { nameProblem, signalsProblem, stepProblem } from './check-steps.ts'
import { first } from './refuse.ts'
import {
  type ApprovalItem,
  allItems,
  type ChooseItem,
  listsOf,
  type ParallelItem,
  type SagaItem,
  type WaitItem,
} from './saga-item.ts'

const reserved = new Set(['completed', 'failed'])
const lanesMax = 100
const timesMaxMax = 10_000

/** The first rule that is broken, or null. */
export function itemsProblem(items: readonly SagaItem[]): string | null {
  if (items.length === 0) return 'it has no step'
  const all = allItems(items)
  const signals = all.flatMap((item) => ('signal' in item ? [item.signal] : []))
  return (
    first(all, itemProblem) ??
    namesProblem(all.map(({ name }) => name)) ??
    signalsProblem(signals) ??
    orderProblem(items)
  )
}

function namesProblem(names: readonly string[]): string | null {
  const twice = names.find((name, index) => names.indexOf(name) < index)
  return twice === undefined ? null : `two steps are named ${twice}`
}

function itemProblem(item: SagaItem): string | null {
  const { name } = item
  if (reserved.has(name)) return `'${name}' cannot be the name of a step`
  return nameProblem(name) ?? emptyProblem(item) ?? kindOfItemProblem(item)
}

/** Only a way of `choose` may be empty: it means to go on. */
function emptyProblem(item: SagaItem): string | null {
  const isEmpty = item.type !== 'choose' && listsOf(item).some((list) => list.length === 0)
  return isEmpty ? `a list of ${item.name} has no step` : null
}

function kindOfItemProblem(item: SagaItem): string | null {
  const { name } = item
  switch (item.type) {
    case 'command':
      return stepProblem(item.step)
    case 'forEach':
      return stepProblem(item.step) ?? rangeProblem(`atMost of ${name}`, item.lanes, lanesMax)
    case 'parallel':
      return branchesProblem(item)
    case 'choose':
      return waysProblem(item)
    case 'repeat':
      return rangeProblem(`timesMax of ${name}`, item.timesMax, timesMaxMax)
    case 'wait':
      return waitProblem(item)
    case 'approval':
      return approvalProblem(item)
    case 'delay':
      if (typeof item.delayMs === 'function' || item.delayMs === 0) return null
      return timeProblem(`delayMs of ${name}`, item.delayMs)
    case 'moment':
      return null
  }
}

function rangeProblem(what: string, value: number, most: number): string | null {
  const fits = Number.isInteger(value) && value >= 1 && value <= most
  return fits ? null : `${what} must be a whole number from 1 to ${most}`
}

function branchesProblem({ name, branches }: ParallelItem): string | null {
  if (branches.length === 0) return `parallel ${name} has no branch`
  return first(branches, (branch) =>
    nameProblem(branch.name) === null
      ? null
      : `'${branch.name}' cannot be the name of a branch of ${name}`,
  )
}

function waysProblem({ name, ways }: ChooseItem): string | null {
  if (ways.length === 0) return `choose ${name} has no way`
  const isCut = ways.slice(0, -1).some(({ when }) => when === null)
  return isCut ? `only the last way of ${name} may have no when` : null
}

function waitProblem({ name, timeoutMs, onTimeout }: WaitItem): string | null {
  if (onTimeout !== 'fail' && onTimeout !== 'continue') {
    return `onTimeout of ${name} is neither fail nor continue`
  }
  if (onTimeout === 'continue' && timeoutMs === null) {
    return `${name} has an onTimeout, but no timeoutMs`
  }
  return timeProblem(`timeoutMs of ${name}`, timeoutMs)
}

function approvalProblem({ name, approval }: ApprovalItem): string | null {
  const { deadlineMs, escalate } = approval
  const isLate = escalate !== undefined && escalate.afterMs >= deadlineMs
  if (isLate) return `${name} escalates after its deadline`
  return (
    rangeProblem(`deadlineMs of ${name}`, deadlineMs, timeMsMax) ??
    timeProblem(`escalate.afterMs of ${name}`, escalate?.afterMs)
  )
}
