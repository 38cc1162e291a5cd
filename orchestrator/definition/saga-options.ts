// What an author writes for a saga as a whole: the same for `defineSaga` and `sagaFromMachine`.
import type { TSchema } from 'typebox'
import type { Json } from '../../messaging/message.ts'
import type { DistinctNames } from './distinct-names.ts'
import type { Given } from './given.ts'
import type { HeardIn } from './heard-before.ts'
import type { ItemList } from './item-options.ts'
import type { Lawful } from './lawful-order.ts'
import type { ShapeOfList } from './shape-of-list.ts'
import type { RetryOptions } from './step-options.ts'

/** `Input` is what `I` describes; as a parameter of its own it costs the compiler nothing. `Context`
 * is what the state of such a saga holds. */
export type CommonOptions<I extends TSchema, Input, Context = Json> = {
  /** A whole number from 1; a changed definition gets a new one. */
  readonly version: number
  readonly input: I
  /** A key of the business that the saga can be found by. */
  readonly businessKey?: (input: Input) => string
  /** What ties this saga to others of the same story. */
  readonly correlationId?: (input: Input) => string
  /** What the saga can be searched by. */
  readonly attributes?: (input: Input) => Readonly<Record<string, string | number | boolean>>
  /** Whose data the sensitive fields are, e.g. the id of a customer: they are encrypted with a key of
   * that person, and whoever destroys it erases them for good. */
  readonly subject?: (input: Input) => string
  /** Keys of semantic locks: the saga starts when it has all of them, and gives them back at its
   * end. Sagas that want the same key run one after another, in order of arrival. */
  readonly lock?: (input: Input) => string | readonly string[]
  /** How long it waits for its locks before it gives up, in ms. Default five minutes. */
  readonly lockTimeoutMs?: number
  /** How long the saga may take from its start before it turns back, in ms. No limit by default. */
  readonly deadlineMs?: number
  /** Defaults for every step. */
  readonly retry?: RetryOptions
  /** By the version that a living saga comes from: its state there to its state here. */
  readonly migrate?: Readonly<Record<number, Migrate<Context>>>
}

/** What the older version left is not known to the types: it may be handed on as it came, and what
 * is put in its place must be what this version has. */
type Migrate<Context> = <Left extends Json>(state: {
  readonly value: Json
  readonly context: Left
}) => { readonly value: Json; readonly context: Left | Context }

/** What `defineSaga` takes. `T` is the list of items as it was written. */
export type SagaOptions<
  I extends TSchema,
  T,
  Input,
  Output,
  Name extends string = string,
> = CommonOptions<I, Input, NoInfer<ListContext<Input, T>>> & {
  /** In kebab-case; the name in `POST /sagas/{name}`. */
  readonly name: Name
  /** What the saga gives once it has completed: JSON, the reply of a child saga. */
  readonly output?: (given: Given<Input, HeardIn<T>>) => Output
  readonly steps: ItemList<Input, T> & Lawful<T> & DistinctNames<T>
}

/** What the state of a saga holds; see `chart-context.ts`. */
type ListContext<Input, T> = {
  readonly input: Input
  readonly replies: RepliesOf<ShapeOfList<string, T>['steps']>
  readonly signals?: Readonly<Record<string, unknown>>
  readonly each?: Readonly<Record<string, unknown>>
  readonly rounds?: Readonly<Record<string, number>>
}

type RepliesOf<Steps> = {
  readonly [S in keyof Steps]?: Steps[S] extends { readonly reply: infer Reply } ? Reply : never
}
