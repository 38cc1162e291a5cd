// What the compiler can hold of the rules of machines written by hand: the input, the signals, the
// steps that are named, and that what is compensatable can be undone. XState's types do not keep the
// ids of nested invokes: a step is known by the id that `setup` is told under `types.children`, else
// by the `src` of its invoke. `saga-from-machine.ts` holds the rules of steps at run time as well.
import type { StateMachine } from 'xstate'
import type { CommandContract, UndoOf } from '../../messaging/contract.ts'
import type { KindOf, NameOf } from './listed-items.ts'
import type {
  DataOf,
  SagaDefinition,
  ShapeOf,
  SignalDefinition,
  StepAnswers,
} from './saga-definition.ts'
import type { AllOf, ChildAnswers, CommandAnswers, IsCompensatable } from './shape-of-list.ts'

/** What XState knows of a machine. */
export type PartsOf<M> =
  M extends StateMachine<
    infer Context,
    infer Event,
    infer _Children,
    infer Actor,
    infer _Action,
    infer _Guard,
    infer _Delay,
    infer _Value,
    infer _Tag,
    infer Input,
    infer _Output,
    infer _Emitted,
    infer _StateMeta,
    infer Schema,
    infer _TransitionMeta
  >
    ? {
        readonly context: Context
        readonly event: Event
        readonly actor: Actor
        readonly input: Input
        readonly id: Schema extends { readonly id: infer Id extends string } ? Id : string
      }
    : never

/** Where `setup` was not told of a context, an author may say what it is. */
export type KnownContext<M> = string extends keyof PartsOf<M>['context']
  ? never
  : PartsOf<M>['context']

type Problem<Text extends string> = { readonly problem: Text }
type IsAny<T> = 0 extends T & 1 ? true : false

/** Nothing where the machine takes what the schema describes, else a property that no schema has. */
export type FitsInput<M, Input> = Input extends PartsOf<M>['input']
  ? unknown
  : Problem<'what the schema describes is not the input of the machine'> & {
      readonly input: PartsOf<M>['input']
    }

/** By signal: nothing where the machine takes it as it comes, else what no signal has. */
export type FitsEvents<M, Signals> = {
  readonly [K in keyof Signals]: Signals[K] extends SignalDefinition
    ? FitsEvent<Signals[K], PartsOf<M>['event']>
    : unknown
}

type FitsEvent<S extends SignalDefinition, Event> =
  IsAny<Event> extends true
    ? unknown
    : S['name'] extends TypeOf<Event>
      ? SignalEvent<S> extends EventOf<Event, S['name']>
        ? unknown
        : Problem<`the machine has another event ${S['name']}`> & { readonly event: SignalEvent<S> }
      : Problem<`the machine has no event ${S['name']}`>

type TypeOf<Event> = Event extends { readonly type: infer Type } ? Type : never
type EventOf<Event, Type extends string> = Event extends { readonly type: infer T }
  ? Type extends T
    ? Event
    : never
  : never

/** A signal as it comes to a machine. */
type SignalEvent<S extends SignalDefinition> = {
  type: S['name']
  data: DataOf<S>
  actor: string | null
}

/** By step that is named: nothing where the machine has it, else what no step has. */
export type KnownSteps<M, S> = {
  readonly [Id in keyof S]: Id extends IdOf<PartsOf<M>['actor']>
    ? unknown
    : Problem<`no actor and no declared child of the machine is named ${Id & string}`>
}

type IdOf<Actor> =
  IsAny<Actor> extends true
    ? string
    : Actor extends { readonly src: infer Src extends string; readonly id: infer Id }
      ? [Id] extends [string]
        ? Id
        : Src
      : string

/** Nothing where every compensatable step can be undone, else a property that no options have. */
export type Undoable<M, S> =
  IsAny<PartsOf<M>['actor']> extends true
    ? unknown
    : [NotUndoable<PartsOf<M>['actor'], S>] extends [never]
      ? unknown
      : Problem<NotUndoable<PartsOf<M>['actor'], S>>

type NotUndoable<Actor, S> = Actor extends { readonly logic: infer Logic }
  ? WithoutUndo<Logic, IdOf<Actor>, S>
  : never

/** By id, since an actor may be invoked under several. */
type WithoutUndo<Logic, Id extends string, S> = Id extends string
  ? [KindAt<S, Id>] extends ['compensatable']
    ? WhyNotUndoable<Logic, Id>
    : never
  : never

type KindAt<S, Id extends string> = string extends Id
  ? unknown
  : S extends { readonly [K in Id]: infer Written }
    ? KindOf<Written>
    : string extends keyof S
      ? unknown
      : 'compensatable'

type WhyNotUndoable<Logic, Id extends string> = Logic extends {
  readonly child: infer Child extends SagaDefinition
}
  ? [ShapeOf<Child>['isUndoable']] extends [false]
    ? `child saga ${Id} is compensatable, but ${NameOf<Child>} has a point of no return`
    : never
  : Logic extends { readonly contract: infer C extends CommandContract }
    ? [UndoOf<C>] extends [null]
      ? `step ${Id} is compensatable, but ${NameOf<C>} names no undo`
      : never
    : never

/** See `SagaShape`. Ids that XState's types do not keep are steps that may be answered anyhow. */
export type ShapeOfMachine<M, S, Signals> = {
  readonly name: PartsOf<M>['id']
  readonly steps: StepsOf<PartsOf<M>['actor']>
  readonly signals: Signals extends readonly (infer Signal extends SignalDefinition)[]
    ? Signal
    : never
  readonly isUndoable: string extends keyof S
    ? boolean
    : AllOf<{ [Id in keyof S]: IsCompensatable<KindOf<S[Id]>> }[keyof S]>
}

type StepsOf<Actor> =
  IsAny<Actor> extends true
    ? Readonly<Record<string, StepAnswers>>
    : KnownAnswers<Actor> & (IsEveryIdKnown<Actor> extends true ? unknown : OtherAnswers)

type OtherAnswers = Readonly<Record<string, StepAnswers>>
type KnownAnswers<Actor> = {
  readonly [A in Actor as IdOf<A>]: A extends { readonly logic: infer Logic }
    ? AnswersOf<Logic>
    : StepAnswers
}

type IsEveryIdKnown<Actor> = [Actor] extends [{ readonly id: string }] ? true : false

type AnswersOf<Logic> = Logic extends { readonly child: infer Child }
  ? ChildAnswers<Child>
  : Logic extends { readonly contract: infer Contract }
    ? CommandAnswers<Contract>
    : StepAnswers
