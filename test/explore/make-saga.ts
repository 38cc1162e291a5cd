// Makes the definition of a random saga, and what a test must know of it to judge how it went.
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { makeChart } from './chart-saga.ts'
import type { Fault } from './fault.ts'
import { makeList } from './list-saga.ts'
import { Input } from './sample-commands.ts'
import type { Path, SagaShape } from './shape.ts'

export type ExploredSaga = {
  readonly definition: SagaDefinition
  /** By step name. */
  readonly paths: ReadonlyMap<string, Path>
  /** Paths of what runs side by side. */
  readonly parallel: ReadonlySet<string>
  /** By step that is entered again and again: how deep what goes round stands. */
  readonly loops: ReadonlyMap<string, number>
  readonly children: ReadonlySet<string>
  readonly signals: readonly string[]
  readonly approvals: readonly string[]
}

/** The definition's parts while they are put together. */
export type Making = {
  readonly paths: Map<string, Path>
  readonly parallel: Set<string>
  readonly loops: Map<string, number>
  readonly children: Set<string>
  readonly signals: string[]
  readonly approvals: string[]
  readonly fault: Fault
}

/** The second version has one step more. */
export function makeSaga(shape: SagaShape, fault: Fault, version: 1 | 2 = 1): ExploredSaga {
  const making: Making = {
    paths: new Map(),
    parallel: new Set(),
    loops: new Map(),
    children: new Set(),
    signals: [],
    approvals: [],
    fault,
  }
  const { body, deadlineMs, lockTimeoutMs, migration } = shape
  const same = (state: never) => state
  const common = {
    version,
    input: Input,
    ...(deadlineMs !== null && { deadlineMs }),
    ...(lockTimeoutMs !== null && { lock: () => 'x', lockTimeoutMs }),
    ...(version === 2 && migration === 'maps' && { migrate: { 1: same } }),
  }
  const make = { making, common, isLonger: version === 2 }
  const definition = body.type === 'list' ? makeList(make, body) : makeChart(make, body)
  return { ...making, definition }
}

export type Make = {
  readonly making: Making
  /** What is written for the saga as a whole. */
  readonly common: { readonly version: number; readonly input: typeof Input }
  /** With one step more at its end. */
  readonly isLonger: boolean
}
