// A random saga as a tree that a test can reason about, and the definition made of it.
import { type TSchema, Type } from 'typebox'
import { type CommandContract, defineCommand } from '../../messaging/contract.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
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

export type Shape =
  | { readonly type: 'step'; readonly limits: Limits }
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

export type SagaShape = {
  readonly before: readonly Shape[]
  readonly hasPivot: boolean
  readonly after: readonly Shape[]
  readonly deadlineMs: number | null
}

export type ExploredSaga = {
  readonly definition: SagaDefinition
  /** By step name. */
  readonly paths: ReadonlyMap<string, Path>
  /** Paths of lists whose members run side by side. */
  readonly parallel: ReadonlySet<string>
  /** By step that a loop enters again and again: how deep that loop stands. */
  readonly loops: ReadonlyMap<string, number>
  readonly signals: readonly string[]
  readonly approvals: readonly string[]
}

const Input = Type.Object({ amount: Type.Number() })
const Visit = Type.Object({ visit: Type.Integer() })
const topic = 'sample.commands'

/** The definition's parts while they are put together. */
type Making = {
  readonly paths: Map<string, Path>
  readonly parallel: Set<string>
  readonly loops: Map<string, number>
  readonly signals: string[]
  readonly approvals: string[]
}

export function makeSaga(shape: SagaShape): ExploredSaga {
  const making: Making = {
    paths: new Map(),
    parallel: new Set(),
    loops: new Map(),
    signals: [],
    approvals: [],
  }
  const before = itemsOf(making, shape.before, [0], 'compensatable')
  const pivot = shape.hasPivot ? [stepOf(making, [1], 'pivot', usual)] : []
  const after = itemsOf(making, shape.after, [2], 'retriable')
  const deadline = shape.deadlineMs === null ? {} : { deadlineMs: shape.deadlineMs }
  const definition = defineSaga({
    name: 'random',
    version: 1,
    input: Input,
    ...deadline,
    steps: [...before, ...pivot, ...after] as never,
  })
  return { ...making, definition }
}

const usual: Limits = {
  attempts: 2,
  undoAttempts: 2,
  timeoutMs: 100,
  firstDelayMs: 50,
  deadlineMs: null,
}

function itemsOf(
  making: Making,
  shapes: readonly Shape[],
  path: Path,
  kind: StepKind,
): readonly unknown[] {
  return shapes.map((shape, index) => itemOf(making, shape, [...path, index], kind))
}

function itemOf(making: Making, shape: Shape, path: Path, kind: StepKind): unknown {
  const name = nameOf(path)
  switch (shape.type) {
    case 'step':
      return stepOf(making, path, kind, shape.limits)
    case 'each':
      making.paths.set(name, path)
      return {
        ...commandOf(name, kind),
        name,
        forEach: () => Array.from({ length: shape.items }, (_, item) => item),
        atMost: shape.atMost,
        with: ({ input }: { readonly input: unknown }) => input,
      }
    case 'parallel':
      making.parallel.add(path.join('.'))
      return { name, parallel: Object.fromEntries(shape.branches.map(branchOf)) }
    case 'choose':
      return { name, choose: shape.branches.map(choiceOf(shape.isTrue)) }
    case 'repeat': {
      const first = commandNamed(`${name}-n`, kind)
      const counter = { ...stepOf(making, [...path, 0], kind, usual), send: first }
      const steps = [counter, ...itemsOf(making, shape.steps, [...path, 1], kind)]
      for (const step of making.paths.keys()) {
        if (step.startsWith(`${name}-`)) making.loops.set(step, path.length)
      }
      const until = ({ reply }: Given) => reply(first).visit >= shape.times
      return { name, repeat: steps, until, timesMax: 3 }
    }
    case 'wait': {
      making.signals.push(name)
      const signal = defineSignal({ name, data: Type.Unknown() as TSchema })
      const { timeoutMs, onTimeout } = shape
      const limit = timeoutMs === null ? {} : { timeoutMs, onTimeout }
      return { name: `${name}-wait`, waitFor: signal, ...limit }
    }
    case 'approval':
      making.approvals.push(name)
      return {
        name,
        approval: { by: 'ann', deadlineMs: shape.deadlineMs, escalate: { afterMs: 10, to: 'bob' } },
      }
    case 'delay':
      return { name, delayMs: shape.delayMs }
  }

  function branchOf(branch: readonly Shape[], index: number): readonly [string, unknown] {
    return [`b${index}`, itemsOf(making, branch, [...path, index], kind)]
  }

  function choiceOf(isTrue: boolean) {
    return (branch: readonly Shape[], index: number) => ({
      when: () => isTrue === (index === 0),
      steps: itemsOf(making, branch, [...path, index], kind),
    })
  }
}

type Given = { readonly reply: (contract: unknown) => { readonly visit: number } }

function stepOf(making: Making, path: Path, kind: StepKind, limits: Limits) {
  const name = nameOf(path)
  making.paths.set(name, path)
  const { attempts, undoAttempts, timeoutMs, firstDelayMs, deadlineMs } = limits
  const deadline = deadlineMs === null ? {} : { deadlineMs }
  const retry = { attempts, timeoutMs, firstDelayMs, ...deadline }
  return { ...commandOf(name, kind), name, ...retry, undo: { attempts: undoAttempts, timeoutMs } }
}

function commandOf(name: string, kind: StepKind) {
  return { kind, send: commandNamed(name, kind) }
}

const contracts = new Map<string, CommandContract>()

/** Contracts are made once: their checks are compiled, which takes longer than a run. */
function commandNamed(name: string, kind: StepKind): CommandContract {
  const key = `${name} ${kind === 'compensatable'}`
  const known = contracts.get(key)
  if (known) return known
  const undo = defineCommand({ name: `sample.undo-${name}`, topic, payload: Input })
  const options = { name: `sample.do-${name}`, topic, payload: Input, reply: Visit }
  const made = defineCommand(kind === 'compensatable' ? { ...options, undo } : options)
  contracts.set(key, made as CommandContract)
  return made as CommandContract
}

function nameOf(path: Path): string {
  return `s${path.join('-')}`
}
