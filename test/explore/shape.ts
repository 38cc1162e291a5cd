// A random saga as data that a test can reason about: a list of items or a statechart, and what
// else there is to a saga. `make-saga.ts` makes the definition of it.
import type { StepKind } from '../../orchestrator/definition/step-options.ts'

/** Where an item stands: its place in the list, the branch, the place in that list, and so on. */
export type Path = readonly number[]

export type Limits = {
  readonly attempts: number
  readonly undoAttempts: number
  readonly timeoutMs: number
  readonly firstDelayMs: number
  readonly deadlineMs: number | null
}

export const usual: Limits = {
  attempts: 2,
  undoAttempts: 2,
  timeoutMs: 100,
  firstDelayMs: 50,
  deadlineMs: null,
}

export type Shape =
  | { readonly type: 'step'; readonly limits: Limits; readonly isChild: boolean }
  | { readonly type: 'parallel'; readonly branches: readonly (readonly Shape[])[] }
  | { readonly type: 'each'; readonly items: number; readonly atMost: number }
  | {
      readonly type: 'choose'
      readonly isTrue: boolean
      readonly branches: readonly (readonly Shape[])[]
    }
  | { readonly type: 'repeat'; readonly times: number; readonly steps: readonly Shape[] }
  | {
      readonly type: 'wait'
      /** Null for one that only the signal ends. */
      readonly timeoutMs: number | null
      readonly onTimeout: 'fail' | 'continue'
    }
  | { readonly type: 'approval'; readonly deadlineMs: number }
  | { readonly type: 'delay'; readonly delayMs: number }

/** Items of `defineSaga`, which keeps the law of kinds. */
export type ListShape = {
  readonly type: 'list'
  readonly before: readonly Shape[]
  readonly hasPivot: boolean
  readonly after: readonly Shape[]
}

/** Where a statechart goes: on, to an end, or to any of its states. */
export type Goal =
  | { readonly type: 'next' | 'completed' | 'failed' }
  | { readonly type: 'state'; readonly pick: number }

/** What leads away without an answer. */
export type Exits = {
  readonly after: { readonly ms: number; readonly goal: Goal } | null
  readonly signal: Goal | null
}

export type AskShape = {
  readonly type: 'ask'
  readonly kind: StepKind
  readonly isChild: boolean
  readonly limits: Limits
  readonly done: Goal
  /** Null when no state handles the error. */
  readonly error: Goal | null
  readonly exits: Exits
}

export type StateShape =
  | AskShape
  | { readonly type: 'rest'; readonly exits: Exits }
  | {
      readonly type: 'regions'
      readonly regions: readonly (readonly AskShape[])[]
      readonly done: Goal
      readonly exits: Exits
    }

/** A machine written by hand, whose guards alone say what follows what. */
export type ChartShape = { readonly type: 'chart'; readonly states: readonly StateShape[] }

/** A participant that never does it. */
export type Doom = {
  readonly pick: number
  readonly direction: 'do' | 'undo'
  readonly behaviour: 'refused' | 'failed'
}

export type SagaShape = {
  readonly body: ListShape | ChartShape
  readonly deadlineMs: number | null
  /** Its start is for later. */
  readonly laterMs: number | null
  readonly lockTimeoutMs: number | null
  /** It carries out a step of another saga. */
  readonly isChild: boolean
  /** Which function of the definition throws until it is mended. */
  readonly fault: number | null
  /** Whether there is another version, and whether that one has a map. */
  readonly migration: 'none' | 'fits' | 'maps'
  readonly doomed: Doom | null
  /** A person looks after what is stuck. */
  readonly isTended: boolean
}

/** A list of items and nothing else out of the ordinary. */
export function plainShape(body: ListShape, deadlineMs: number | null): SagaShape {
  const special = { laterMs: null, lockTimeoutMs: null, isChild: false, fault: null, doomed: null }
  return { body, deadlineMs, ...special, migration: 'none', isTended: true }
}

/** What a shape has in it, for the count of what was met. */
export function featuresOf(shape: SagaShape): ReadonlySet<string> {
  const { body, isChild, fault, migration, doomed } = shape
  const features = new Set([`shape ${body.type}`])
  if (shape.deadlineMs !== null) features.add('shape deadline')
  if (shape.laterMs !== null) features.add('shape later')
  if (shape.lockTimeoutMs !== null) features.add('shape locks')
  if (isChild) features.add('shape child of another saga')
  if (fault !== null) features.add('shape throws')
  if (migration !== 'none') features.add(`shape migration ${migration}`)
  if (doomed !== null) features.add(`shape ${doomed.direction} always ${doomed.behaviour}`)
  if (body.type === 'list') addItems(features, [...body.before, ...body.after], '')
  else addStates(features, body.states)
  return features
}

function addItems(features: Set<string>, items: readonly Shape[], where: string): void {
  for (const item of items) {
    const isChild = item.type === 'step' && item.isChild
    features.add(`shape ${isChild ? 'child step' : item.type}${where}`)
    if (item.type === 'repeat') addItems(features, item.steps, ' in a loop')
    if ('branches' in item) {
      for (const branch of item.branches) addItems(features, branch, where)
    }
  }
}

function addStates(features: Set<string>, states: readonly StateShape[]): void {
  const asks = states.flatMap((state) =>
    state.type === 'ask' ? state : state.type === 'regions' ? state.regions.flat() : [],
  )
  for (const { type, exits } of [...states, ...asks]) {
    features.add(`shape chart ${type}`)
    if (exits.after) features.add('shape chart after')
    if (exits.signal) features.add('shape chart signal')
  }
  if (asks.some(({ isChild }) => isChild)) features.add('shape chart child step')
  if (asks.some(({ error }) => error === null)) features.add('shape chart unhandled error')
  if (asks.filter(({ kind }) => kind === 'pivot').length > 1) features.add('shape several pivots')
  const isLoop = asks.some(({ done, error }) => [done, error].some((one) => one?.type === 'state'))
  if (isLoop) features.add('shape chart loop')
}
