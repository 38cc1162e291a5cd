// A saga as the engine sees it: an XState machine whose invokes are commands, and what each of
// its steps may take. Made by `defineSaga` and `sagaFromMachine`; held by the registry; never
// changed.
import type { TSchema } from 'typebox'
import type { AnyStateMachine } from 'xstate'
import type { Check } from '../../messaging/check.ts'
import type { CommandContract } from '../../messaging/contract.ts'
import type { Json } from '../../messaging/message.ts'
import type { StepKind } from './step-options.ts'

/** The limits of one direction of a step, complete. Times in ms. */
export type RetryPolicy = {
  readonly attempts: number
  readonly timeoutMs: number
  readonly firstDelayMs: number
  readonly factor: number
  readonly delayMsMax: number
  /** The part of a pause that is spread, 0 to 1. */
  readonly jitter: number
  /** For all attempts together; null without a limit. */
  readonly deadlineMs: number | null
}

export type StepDefinition = {
  readonly name: string
  readonly kind: StepKind
  readonly command: CommandContract
  /** The saga that the command starts, where the step is a child saga. */
  readonly child: SagaDefinition | null
  readonly retry: RetryPolicy
  readonly undoRetry: RetryPolicy
}

/** What a chart does with its context, where its ways do not depend on it. */
export type ChartFunctions = {
  readonly begin: (input: unknown) => unknown
  readonly payload: (context: unknown, step: string) => unknown
  readonly remember: (context: unknown, step: string, output: unknown) => unknown
}

/** A signal that the saga may be sent. `Data` is what the schema describes. */
export type SignalDefinition<Data = unknown, Name extends string = string> = {
  readonly name: Name
  readonly data: TSchema
  readonly check: Check
  /** It is an answer of a person, so it must come with who sends it. */
  readonly needsActor: boolean
  /** Never there at run time; carries the type. */
  readonly types?: { readonly data: Data }
}

export type DataOf<S extends SignalDefinition> = NonNullable<S['types']>['data']

/** Where an invoke stands: inside which parallel states, in which of their branches. */
export type InvokePath = readonly { readonly group: string; readonly branch: number }[]

/** A state of a living saga, on its way to another version. */
export type MigratingState = { readonly value: Json; readonly context: Json }

/** What is known of a saga's making: only types, for those who use its definition. */
export type SagaShape = {
  readonly name: string
  /** By step, as its command is known to who answers it. */
  readonly steps: Readonly<Record<string, StepAnswers>>
  /** Those that it may be sent, as a union. */
  readonly signals: SignalDefinition
  /** False when it has a point of no return; boolean where that cannot be told. */
  readonly isUndoable: boolean
}

/** How a step, or its undo, may be answered. */
export type StepAnswers = { readonly reply: unknown; readonly refusal: unknown }

/** The parameters are the types of what a saga takes and gives, and of what it is made of; without
 * them it is any saga. */
export type SagaDefinition<Input = never, Output = unknown, Shape extends SagaShape = SagaShape> = {
  readonly name: Shape['name']
  readonly version: number
  /** Of everything but closures; a running saga keeps the definition it was started with. */
  readonly hash: string
  readonly input: TSchema
  readonly checkInput: Check
  readonly businessKey: (input: unknown) => string | null
  readonly correlationId: (input: unknown) => string | null
  /** What the saga can be searched by. */
  readonly attributes: (input: unknown) => Readonly<Record<string, string | number | boolean>>
  /** Whose data it is; null where nobody can be erased. */
  readonly subject: ((input: unknown) => string) | null
  /** Keys of semantic locks; none when it takes none. */
  readonly locks: (input: unknown) => readonly string[]
  /** How long it waits for its locks, in ms. */
  readonly lockTimeoutMs: number
  /** How long the saga may take from its start, in ms; null without a limit. */
  readonly deadlineMs: number | null
  readonly machine: AnyStateMachine
  /** Null when a guard or an action of the machine may read the context. */
  readonly functions: ChartFunctions | null
  /** Its context is a `ChartContext`, whose parts have schemas; that of a raw machine is anything. */
  readonly hasChartContext: boolean
  /** What the saga gives when it has completed: the reply of a child. */
  readonly output: (context: unknown) => unknown
  /** By step name, in the order of the definition. */
  readonly steps: ReadonlyMap<string, StepDefinition>
  /** By invoke id, for those that stand inside parallel states. */
  readonly paths: ReadonlyMap<string, InvokePath>
  readonly signals: ReadonlyMap<string, SignalDefinition>
  /** By the version that a saga comes from: its state there to its state here. */
  readonly migrations: ReadonlyMap<number, (state: MigratingState) => MigratingState>
  /** Never there at run time; carries the types. What takes more can stand in for less. */
  readonly types?: {
    readonly input: (input: Input) => void
    readonly output: Output
    readonly shape: Shape
  }
}

type TypesOf<D extends SagaDefinition> = NonNullable<D['types']>

export type InputOf<D extends SagaDefinition> = Parameters<TypesOf<D>['input']>[0]
export type OutputOf<D extends SagaDefinition> = TypesOf<D>['output']
export type ShapeOf<D extends SagaDefinition> = TypesOf<D>['shape']
