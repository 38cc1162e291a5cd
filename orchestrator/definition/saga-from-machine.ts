// The raw door: a saga from a machine written by hand with XState. Whatever a statechart can say
// goes, as long as everything that it does outside is a command.
import type { Static, TSchema } from 'typebox'
import type { AnyStateMachine } from 'xstate'
import { machineProblem } from './check-machine.ts'
import { optionsProblem } from './check-options.ts'
import { signalsProblem, stepProblem } from './check-steps.ts'
import { childTimeoutMs } from './child-command.ts'
import { completeDefinition, type Options } from './complete-definition.ts'
import { childText, hashOf } from './definition-hash.ts'
import type {
  FitsEvents,
  FitsInput,
  KnownContext,
  KnownSteps,
  PartsOf,
  ShapeOfMachine,
  Undoable,
} from './machine-fit.ts'
import { invokesOf, type MachineInvoke } from './machine-invokes.ts'
import { rebuildMachine } from './rebuild-machine.ts'
import { first, refuseIf } from './refuse.ts'
import type { SagaDefinition, SignalDefinition } from './saga-definition.ts'
import type { SagaStep } from './saga-item.ts'
import type { CommonOptions } from './saga-options.ts'
import type { RetryOptions, StepKind } from './step-options.ts'

/** What `sagaFromMachine` takes. The saga is named like the machine. `S` are the steps and `Signals`
 * the signals as they were written. */
export type MachineOptions<
  I extends TSchema,
  Input,
  Output,
  M extends AnyStateMachine = AnyStateMachine,
  S = MachineSteps,
  Signals = readonly SignalDefinition[],
> = CommonOptions<I, Input, NoInfer<PartsOf<M>['context']>> & {
  readonly input: NoInfer<FitsInput<M, Input>>
  /** Made by `setup({ actors: { x: commandActor(contract) } }).createMachine(…)`; every invoke has
   * an id, which is the name of its step. Each actor counts as a step: those that the machine does
   * not invoke do not belong in its `setup`. */
  readonly machine: M
  /** By invoke id; a step that is left out is compensatable. An id that is not the `src` of its
   * invoke must be known to `setup`, under `types.children`. */
  readonly steps?: S & NoInfer<KnownSteps<M, S>>
  /** What the machine may be told from outside. */
  readonly signals?: Signals & NoInfer<FitsEvents<M, Signals>>
  /** What the saga gives once it has completed; by default the output of the machine. */
  readonly output?: (context: KnownContext<M>) => Output
}

type MachineSteps = Readonly<Record<string, MachineStepOptions>>

export type MachineStepOptions = RetryOptions & {
  /** Default `compensatable`. */
  readonly kind?: StepKind
  /** The limits of the undo. */
  readonly undo?: RetryOptions
}

/**
 * Defines a saga by a statechart. A final state with the tag `failed`, or an error that no state
 * handles, turns it back: every step that was or may have been done is undone, in reverse order.
 *
 * Its functions must give the same for the same argument, and change nothing.
 * @throws DEFINITION_INVALID with the rule that is broken.
 */
export function sagaFromMachine<
  I extends TSchema,
  M extends AnyStateMachine,
  Input = Static<I>,
  Output = unknown,
  const S extends MachineSteps = Record<never, MachineStepOptions>,
  const Signals extends readonly SignalDefinition[] = [],
>(
  options: MachineOptions<I, Input, Output, M, S, Signals> & NoInfer<Undoable<M, S>>,
): SagaDefinition<NoInfer<Input>, NoInfer<Output>, ShapeOfMachine<M, S, Signals>> {
  const { version, input, signals = [] } = options
  const name = options.machine.id
  refuseIf(name, optionsProblem({ ...options, name }) ?? signalsProblem(signals))
  const names = new Set(signals.map((signal) => signal.name))
  const invokes = invokesOf(options.machine)
  refuseIf(name, machineProblem(options.machine, invokes, names))
  const written: MachineSteps = options.steps ?? {}
  const unknown = Object.keys(written).find((id) => invokes.every((invoke) => invoke.id !== id))
  refuseIf(name, unknown === undefined ? null : `it has no invoke with the id ${unknown}`)
  const steps = invokes.map((invoke) => sagaStep(invoke, written[invoke.id] ?? {}))
  refuseIf(
    name,
    first(steps, stepProblem) ?? first(invokes, (invoke) => waysProblem(invoke, steps)),
  )
  const structure = structureOf(options.machine, invokes)
  const output = outputOf(options)
  const definition = completeDefinition(options as unknown as Options, {
    name,
    hash: hashOf({ name, version, input, steps, signals, structure }),
    machine: rebuildMachine(options.machine),
    functions: null,
    hasChartContext: false,
    paths: new Map(invokes.flatMap(({ id, path }) => (path.length > 0 ? [[id, path]] : []))),
    output,
    steps,
    signals,
  })
  return definition as SagaDefinition as SagaDefinition<
    NoInfer<Input>,
    NoInfer<Output>,
    ShapeOfMachine<M, S, Signals>
  >
}

function sagaStep(invoke: MachineInvoke, written: MachineStepOptions): SagaStep {
  const { kind = 'compensatable', undo = {}, ...limits } = written
  const { id: name, child } = invoke
  const command = invoke.contract as SagaStep['command']
  const least = child === null ? {} : { attempts: 1, timeoutMs: childTimeoutMs }
  return {
    name,
    kind,
    command,
    child,
    limits: { ...least, ...limits },
    undo: { ...least, ...undo },
  }
}

/** A retriable step is never refused to its saga: it goes on until it is done, or is stuck. */
function waysProblem({ id, hasOnError }: MachineInvoke, steps: readonly SagaStep[]) {
  const isRetriable = steps.some(({ name, kind }) => name === id && kind === 'retriable')
  return isRetriable && hasOnError ? `retriable step ${id} has an onError, which never comes` : null
}

function outputOf(options: {
  readonly machine: AnyStateMachine
  readonly output?: (context: never) => unknown
}): (context: unknown) => unknown {
  const { output } = options
  if (output) return (context) => output(context as never) ?? null
  const ofMachine = (options.machine.config as { readonly output?: unknown }).output
  if (typeof ofMachine === 'function') return (context) => ofMachine({ context }) ?? null
  return () => ofMachine ?? null
}

/** The machine as it was written; of functions only what kind of action they are. */
function structureOf(machine: AnyStateMachine, invokes: readonly MachineInvoke[]): unknown {
  const { schemas: _, ...config } = machine.config as unknown as Readonly<Record<string, unknown>>
  const children = invokes.flatMap(({ child }) => (child === null ? [] : [childText(child)]))
  const seen = (key: string, value: unknown): unknown => {
    if (key === 'src' && typeof value !== 'string') return 'inline'
    if (typeof value !== 'function') return value
    const {
      type = 'function',
      event,
      delay,
    } = value as unknown as Readonly<Record<string, unknown>>
    return { type, event: event ?? null, delay: delay ?? null }
  }
  return [JSON.parse(JSON.stringify(config, seen)), children]
}
