// What an author writes for a step of `defineSaga`, and what its kind means.
import type { TSchema } from 'typebox'
import type { CommandContract, PayloadOf, ReplyOf } from '../../messaging/contract.ts'

/**
 * - `compensatable`: its command names an undo, which is sent when the saga cannot go on.
 * - `pivot`: the point of no return; once it is done, the saga only goes forward.
 * - `retriable`: comes after the pivot, cannot be refused, is sent until it is done.
 */
export type StepKind = 'compensatable' | 'pivot' | 'retriable'

/** What a step's payload may be made of. */
export type Given<Input> = {
  readonly input: Input
  /** What the step that sent this command was answered. Only steps that came before have one. */
  readonly reply: <C extends CommandContract>(contract: C) => ReplyOf<C>
}

/** Every limit of one direction of a step; what is left out comes from the saga, then the default. */
export type RetryOptions = {
  /** How often the command is sent before its outcome counts as unknown. Default 3, or 10 where
   * the saga can only go on (undo, pivot, retriable); there the saga is stuck after the last one.
   * An undo does not take this one from the saga. */
  readonly attempts?: number
  /** How long one sending may take to be answered, in ms. Default 30,000. */
  readonly timeoutMs?: number
  /** Pause before a resend after a technical failure, in ms: first, growth and cap. */
  readonly firstDelayMs?: number
  readonly factor?: number
  readonly delayMsMax?: number
  /** The part of that pause that is spread, 0 to 1, so that many sagas do not come back at once.
   * Default 0.5. */
  readonly jitter?: number
  /** For all attempts together, in ms from the first one; then it is as if all were used up.
   * Without it only the attempts count. */
  readonly deadlineMs?: number
}

export type StepOptions<Input, C extends CommandContract> = RetryOptions & {
  /** Unique in the saga; part of the ids of its messages. */
  readonly name: string
  /** Default `compensatable`. */
  readonly kind?: StepKind
  readonly send: C
  /** The limits of the undo. */
  readonly undo?: RetryOptions
} & PayloadOption<Input, C>

/** `with` may be left out where the saga's input is the payload as it stands. */
type PayloadOption<Input, C extends CommandContract> =
  Input extends PayloadOf<C>
    ? { readonly with?: (given: Given<Input>) => PayloadOf<C> }
    : { readonly with: (given: Given<Input>) => PayloadOf<C> }

/** `Input` is what `I` describes; as a parameter of its own it costs the compiler nothing. */
export type SagaOptions<I extends TSchema, C extends readonly CommandContract[], Input> = {
  /** In kebab-case; the name in `POST /sagas/{name}`. */
  readonly name: string
  /** A whole number from 1; a changed definition gets a new one. */
  readonly version: number
  readonly input: I
  /** A key of the business that the saga can be found by. */
  readonly businessKey?: (input: Input) => string
  /** Defaults for every step. */
  readonly retry?: RetryOptions
  readonly steps: readonly [...{ [K in keyof C]: StepOptions<Input, C[K]> }]
}

/** A step with its types forgotten, for the code that compiles and checks it. */
export type AnyStep = RetryOptions & {
  readonly name: string
  readonly kind?: StepKind
  readonly send: CommandContract
  readonly undo?: RetryOptions
  readonly with?: (given: Given<unknown>) => unknown
}
