// A saga as the engine sees it: an XState machine whose invokes are commands, and what each of
// its steps may take. Made by `defineSaga`; held by the registry; never changed.
import type { TSchema } from 'typebox'
import type { AnyStateMachine } from 'xstate'
import type { Check } from '../../messaging/check.ts'
import type { CommandContract } from '../../messaging/contract.ts'
import type { StepKind } from './step-options.ts'

/** The limits of one direction of a step, complete. Times in ms. */
export type RetryPolicy = {
  readonly attempts: number
  readonly timeoutMs: number
  readonly firstDelayMs: number
  readonly factor: number
  readonly delayMsMax: number
}

export type StepDefinition = {
  readonly name: string
  readonly kind: StepKind
  readonly command: CommandContract
  readonly retry: RetryPolicy
  readonly undoRetry: RetryPolicy
}

/** What a chart does with its context, where its ways do not depend on it. */
export type ChartFunctions = {
  readonly begin: (input: unknown) => unknown
  readonly payload: (context: unknown, step: string) => unknown
  readonly remember: (context: unknown, step: string, output: unknown) => unknown
}

export type SagaDefinition = {
  readonly name: string
  readonly version: number
  /** Of everything but closures; a running saga keeps the definition it was started with. */
  readonly hash: string
  readonly input: TSchema
  readonly checkInput: Check
  readonly businessKey: (input: unknown) => string | null
  readonly machine: AnyStateMachine
  /** Null when a guard or an action of the machine may read the context. */
  readonly functions: ChartFunctions | null
  /** By invoke id, in the order of the definition. */
  readonly steps: ReadonlyMap<string, StepDefinition>
}
