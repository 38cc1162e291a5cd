// What an author writes in the lists of `defineSaga`. `X` is an item as it was written: from it
// comes what each of its fields must be, and the types of the functions in it.
import type { CommandContract, PayloadOf } from '../../messaging/contract.ts'
import type { Given, GivenItem } from './given.ts'
import type { InputOf, SagaDefinition, SignalDefinition } from './saga-definition.ts'
import type { RetryOptions, StepKind } from './step-options.ts'

/**
 * The constraint of what is inferred for a list. It has to be `any`: only then does the compiler
 * know, before it has inferred a nested list, that there may be an item in that place, and so gives
 * the functions in it the types of their arguments. Nothing that is read has this type.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Inferred = any

/** A list of items, each after the one before. Inside another item's list a payload of literal
 * types needs `as const`: the compiler widens what is nested. */
export type ItemList<Input, T> = {
  readonly [P in keyof T]: Item<Input, T[P]> & PayloadNeeded<Input, T[P]>
}

type Item<Input, X> = { readonly [Field in keyof X]: FieldOf<Input, X, Field> }

/** `with` may be left out where the saga's input is the payload as it stands. */
type PayloadNeeded<Input, X> = X extends { readonly with: unknown }
  ? unknown
  : X extends { readonly send: unknown } | { readonly saga: unknown }
    ? Input extends Asked<X>
      ? unknown
      : { readonly with: (given: Given<Input>) => Asked<X> }
    : unknown

/** What a step sends. */
type Asked<X> = X extends { readonly send: infer C extends CommandContract }
  ? PayloadOf<C>
  : X extends { readonly saga: infer Child extends SagaDefinition }
    ? InputOf<Child>
    : never

type FieldOf<Input, X, Field extends keyof X> = Field extends 'send'
  ? X[Field] & CommandContract
  : Field extends 'saga'
    ? X[Field] & SagaDefinition
    : Field extends 'with'
      ? X extends { readonly forEach: unknown }
        ? Annotated<GivenItem<Input, never>, Asked<X>>
        : (given: Given<Input>) => Asked<X>
      : Field extends 'parallel'
        ? { readonly [Branch in keyof X[Field]]: ItemList<Input, X[Field][Branch]> }
        : Field extends 'repeat'
          ? ItemList<Input, X[Field]>
          : Field extends 'choose'
            ? WayList<Input, X[Field]>
            : Field extends 'forEach'
              ? (given: Given<Input>) => readonly unknown[]
              : Field extends 'until'
                ? (given: Given<Input>) => Until<X>
                : Field extends 'delayMs'
                  ? number | ((given: Given<Input>) => number)
                  : Field extends keyof PlainFields
                    ? PlainFields[Field]
                    : never

/** A function that gives the literal in its place no types: they would be those of `Given`. */
type Annotated<G, Result> = { (given: G): Result; <_>(given: G): Result }

type WayList<Input, T> = { readonly [K in keyof T]: Way<Input, T[K]> }

type Way<Input, W> = {
  readonly [Field in keyof W]: Field extends 'steps'
    ? ItemList<Input, W[Field]>
    : Field extends 'when'
      ? (given: Given<Input>) => boolean
      : never
}

/** Of a loop whether it is over, else the moment: a date, ms since the epoch, or ISO 8601. */
type Until<X> = X extends { readonly repeat: unknown } ? boolean : Date | string | number

type PlainFields = Required<RetryOptions> & {
  /** Unique in the saga; part of the ids of its messages, and a state of the statechart. */
  readonly name: string
  /** Default `compensatable`. */
  readonly kind: StepKind
  /** The limits of the undo. */
  readonly undo: RetryOptions
  /** How many of a `forEach` are asked for at the same time, 1 to 100. Default 5. */
  readonly atMost: number
  /** How often a list is repeated before the saga turns back; 10,000 at most. */
  readonly timesMax: number
  readonly waitFor: SignalDefinition
  /** The saga turns back (the default), or goes on without the signal. */
  readonly onTimeout: 'fail' | 'continue'
  readonly approval: ApprovalOptions
}

/** Whose word a saga waits for: a signal named like the item, with `{ approved, comment? }`. */
export type ApprovalOptions = {
  /** Who is asked. */
  readonly by: string
  /** The saga turns back when nobody has answered, in ms. */
  readonly deadlineMs: number
  /** Whom to tell when it takes longer than this, in ms. */
  readonly escalate?: { readonly afterMs: number; readonly to: string }
}
