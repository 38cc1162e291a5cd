// What an author writes in the lists of `defineSaga`. `X` is an item as it was written: from it
// comes what each of its fields must be, and the types of the functions in it.
import type { CommandContract, PayloadOf } from '../../messaging/contract.ts'
import type { Given, GivenItem } from './given.ts'
import type { HeardBefore, HeardIn } from './heard-before.ts'
import type { InputOf, SagaDefinition, SignalDefinition } from './saga-definition.ts'
import type { RetryOptions, StepKind } from './step-options.ts'

/**
 * The constraint of what is inferred for a list. It has to be `any`: only then does the compiler
 * know, before it has inferred a nested list, that there may be an item in that place, and so gives
 * the functions in it the types of their arguments. Nothing that is read has this type.
 */
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Inferred = any

/** A list of items, each after the one before; `Before` is what came before the list. Inside another
 * item's list a payload of literal types needs `as const`: the compiler widens what is nested. */
export type ItemList<Input, T, Before = never> = {
  readonly [P in keyof T]: Item<Input, T[P], Before | HeardBefore<T, P>> &
    PayloadNeeded<Input, T[P]>
}

type Item<Input, X, Before> = {
  readonly [Field in keyof X]: FieldOf<Input, X, Field, X[Field], Before>
}

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

/** `V` is what was written. It stands apart from `Field`, or the compiler would not see that what
 * it finds in a nested list belongs to it. */
type FieldOf<Input, X, Field extends keyof X, V, Before> = Field extends typeof nowhere
  ? V
  : Field extends typeof nowhere
    ? Mirrored<V>
    : Field extends 'send'
      ? NoInfer<V> & CommandContract
      : Field extends 'saga'
        ? NoInfer<V> & SagaDefinition
        : Field extends 'with'
          ? X extends { readonly forEach: unknown }
            ? Annotated<GivenItem<Input, never, Before>, Asked<X>>
            : (given: Given<Input, Before>) => Asked<X>
          : Field extends ListField
            ? ListsOf<Input, Field, NoInfer<V>, Before>
            : Field extends 'forEach'
              ? (given: Given<Input, Before>) => readonly unknown[]
              : Field extends 'until'
                ? Until<Input, X, Before>
                : Field extends 'delayMs'
                  ? number | ((given: Given<Input, Before>) => number)
                  : Field extends keyof PlainFields
                    ? PlainFields[Field]
                    : never

/** What is inferred of an item, with all that is inside it, is inferred by this alone: no field has
 * this name. Each field's own type would add guesses, which belong to other fields. */
declare const nowhere: unique symbol
type Mirrored<X> = { readonly [K in keyof X]: MirroredField<K, X[K]> }
type MirroredField<K, V> = K extends typeof nowhere ? V : Mirrored<V>

/** A function that gives the literal in its place no types: they would be those of `Given`. */
type Annotated<G, Result> = { (given: G): Result; <_>(given: G): Result }

type ListField = 'parallel' | 'repeat' | 'choose'
type ListsOf<Input, Field extends ListField, V, Before> = Field extends 'parallel'
  ? { readonly [Branch in keyof V]: ItemList<Input, V[Branch], Before> }
  : Field extends 'repeat'
    ? ItemList<Input, V, Before>
    : { readonly [K in keyof V]: Way<Input, V[K], Before> }

type Way<Input, W, Before> = {
  readonly [Field in keyof W]: WayField<Input, Field, W[Field], Before>
}
type WayField<Input, Field, V, Before> = Field extends 'steps'
  ? ItemList<Input, V, Before>
  : Field extends 'when'
    ? (given: Given<Input, Before>) => boolean
    : never

/** Of a loop whether it is over, else the moment: a date, ms since the epoch, or ISO 8601. */
type Until<Input, X, Before> = X extends { readonly repeat: infer Body }
  ? (given: Given<Input, Before | HeardIn<Body>>) => boolean
  : (given: Given<Input, Before>) => Date | string | number

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
