// The items of a saga once they are read: one type for each, whatever the author left out filled
// in. The checks, the compiler to XState and the hash work on these.
import type { CommandContract } from '../../messaging/contract.ts'
import type { Given, GivenItem } from './given.ts'
import type { ApprovalOptions } from './item-options.ts'
import type { SagaDefinition, SignalDefinition } from './saga-definition.ts'
import type { RetryOptions, StepKind } from './step-options.ts'

type FromGiven<Result> = (given: Given<unknown>) => Result

/** What is asked of a participant, or of a child saga. */
export type SagaStep = {
  readonly name: string
  readonly kind: StepKind
  readonly command: CommandContract
  readonly child: SagaDefinition | null
  readonly limits: RetryOptions
  readonly undo: RetryOptions
}

export type CommandItem = {
  readonly type: 'command'
  readonly name: string
  readonly step: SagaStep
  readonly payload: FromGiven<unknown> | null
}

export type ForEachItem = {
  readonly type: 'forEach'
  readonly name: string
  readonly step: SagaStep
  readonly items: FromGiven<readonly unknown[]>
  readonly lanes: number
  readonly payload: (given: GivenItem<unknown, unknown>) => unknown
}

export type ParallelItem = {
  readonly type: 'parallel'
  readonly name: string
  readonly branches: readonly { readonly name: string; readonly items: readonly SagaItem[] }[]
}

export type ChooseItem = {
  readonly type: 'choose'
  readonly name: string
  readonly ways: readonly {
    readonly when: FromGiven<boolean> | null
    readonly items: readonly SagaItem[]
  }[]
}

export type RepeatItem = {
  readonly type: 'repeat'
  readonly name: string
  readonly items: readonly SagaItem[]
  readonly until: FromGiven<boolean>
  readonly timesMax: number
}

export type WaitItem = {
  readonly type: 'wait'
  readonly name: string
  readonly signal: SignalDefinition
  readonly timeoutMs: number | null
  readonly onTimeout: 'fail' | 'continue'
}

export type ApprovalItem = {
  readonly type: 'approval'
  readonly name: string
  readonly signal: SignalDefinition
  readonly approval: ApprovalOptions
}

export type DelayItem = {
  readonly type: 'delay'
  readonly name: string
  readonly delayMs: number | FromGiven<number>
}

export type MomentItem = {
  readonly type: 'moment'
  readonly name: string
  readonly moment: FromGiven<Date | string | number>
}

export type SagaItem =
  | CommandItem
  | ForEachItem
  | ParallelItem
  | ChooseItem
  | RepeatItem
  | WaitItem
  | ApprovalItem
  | DelayItem
  | MomentItem

/** The lists inside an item. */
export function listsOf(item: SagaItem): readonly (readonly SagaItem[])[] {
  switch (item.type) {
    case 'parallel':
      return item.branches.map(({ items }) => items)
    case 'choose':
      return item.ways.map(({ items }) => items)
    case 'repeat':
      return [item.items]
    default:
      return []
  }
}

/** Every item, those that hold others before what they hold. */
export function allItems(items: readonly SagaItem[]): readonly SagaItem[] {
  return items.flatMap((item) => [item, ...listsOf(item).flatMap(allItems)])
}

/** Every step, in the order of the definition. */
export function stepsOf(items: readonly SagaItem[]): readonly SagaStep[] {
  return allItems(items).flatMap((item) =>
    item.type === 'command' || item.type === 'forEach' ? [item.step] : [],
  )
}
