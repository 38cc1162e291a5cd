// What may be told to a saga under test, by the types of its definition. Where these are not known,
// anything that is JSON.
import type { Json } from '../messaging/message.ts'
import type {
  DataOf,
  InputOf,
  OutputOf,
  SagaDefinition,
  ShapeOf,
  SignalDefinition,
} from '../orchestrator/definition/saga-definition.ts'

/** What the saga is started with. */
export type TestInput<D extends SagaDefinition> = Known<InputOf<D>>

/** The name of a step. */
export type StepName<D extends SagaDefinition> = keyof ShapeOf<D>['steps'] & string

/** What a step, or its undo, may be answered; nothing to say where that is null. */
export type TestReply<D extends SagaDefinition, N extends StepName<D>> = Told<
  ShapeOf<D>['steps'][N]['reply']
>
export type TestRefusal<D extends SagaDefinition, N extends StepName<D>> = Known<
  ShapeOf<D>['steps'][N]['refusal']
>

export type SignalName<D extends SagaDefinition> = ShapeOf<D>['signals']['name']

export type TestSignal<D extends SagaDefinition, N extends SignalName<D>> = Told<
  DataOfSignal<ShapeOf<D>['signals'], N>
>

export type TestOutput<D extends SagaDefinition> = Known<OutputOf<D>>

type DataOfSignal<S extends SignalDefinition, N> = S extends unknown
  ? N extends S['name']
    ? DataOf<S>
    : never
  : never

type Known<T> = [T] extends [never] ? Json : unknown extends T ? Json : T

/** An argument that may be left out where it is null. */
type Told<T> = null extends Known<T> ? [data?: Known<T>] : [data: Known<T>]
