// What the compiler knows of a saga from the list that it was written as: see `SagaShape`.
import type { CommandContract, RefusalOf, ReplyOf, UndoOf } from '../../messaging/contract.ts'
import type { Json } from '../../messaging/message.ts'
import type { ApprovalAnswer } from './define-signal.ts'
import type { ItemsIn, KindOf, NameOf } from './listed-items.ts'
import type { OutputOf, SagaDefinition, SignalDefinition, StepAnswers } from './saga-definition.ts'

/** `Name` is the saga's, `T` its list. */
export type ShapeOfList<Name extends string, T> = {
  readonly name: Name
  readonly steps: StepsOf<ItemsIn<T>>
  readonly signals: SignalsOf<ItemsIn<T>>
  readonly isUndoable: AllOf<KindsOf<ItemsIn<T>>>
}

type StepItem = { readonly send: unknown } | { readonly saga: unknown }

type Steps<Items> = Items extends { readonly item: infer E }
  ? E extends StepItem
    ? E
    : never
  : never

type StepsOf<Items> = {
  readonly [E in Steps<Items> as NameOf<E>]: E extends { readonly saga: infer Child }
    ? ChildAnswers<Child>
    : E extends { readonly send: infer Contract }
      ? CommandAnswers<Contract>
      : StepAnswers
}

/** Do and undo are answered by the name of one step. Who had nothing to undo answers nothing. */
export type CommandAnswers<C> = C extends CommandContract
  ? {
      readonly reply: ReplyOf<C> | UndoAnswer<UndoOf<C>, 'reply'>
      readonly refusal: RefusalOf<C> | UndoAnswer<UndoOf<C>, 'refusal'>
    }
  : StepAnswers

type UndoAnswer<Undo, What extends 'reply' | 'refusal'> = Undo extends CommandContract
  ? What extends 'reply'
    ? ReplyOf<Undo> | null
    : RefusalOf<Undo>
  : Undo extends null
    ? never
    : unknown

export type ChildAnswers<Child> = Child extends SagaDefinition
  ? { readonly reply: OutputOf<Child> | null; readonly refusal: Json }
  : StepAnswers

type SignalsOf<Items> = Items extends { readonly item: infer E }
  ? E extends { readonly waitFor: infer Signal extends SignalDefinition }
    ? Signal
    : E extends { readonly approval: unknown }
      ? SignalDefinition<ApprovalAnswer, NameOf<E>>
      : never
  : never

/** Whether a step can be undone, by its kind: true, false, or boolean where that is not known. */
type KindsOf<Items> =
  Steps<Items> extends infer E ? (E extends unknown ? IsCompensatable<KindOf<E>> : never) : never

export type IsCompensatable<K> = [K] extends ['compensatable']
  ? 'yes'
  : [K] extends ['pivot' | 'retriable']
    ? 'no'
    : 'unknown'

export type AllOf<Answers> = 'no' extends Answers
  ? false
  : 'unknown' extends Answers
    ? boolean
    : true
