// What the functions of an author are given: the input, and what the saga has heard so far.
import type { CommandContract, ReplyOf } from '../../messaging/contract.ts'
import type { DataOf, OutputOf, SagaDefinition, SignalDefinition } from './saga-definition.ts'

/**
 * What a step's payload, a condition or a time may be made of. Only steps and signals that came
 * before count; what stands beside it in a parallel item does not. `Before` are their contracts,
 * child sagas and signals; where it is not known, asking for another one is noticed at run time.
 */
export type Given<Input, Before = unknown> = {
  readonly input: Input
  /** What the last step before that asks for it was answered. Throws without an answer. */
  reply<A extends Askable>(asked: A & AskedBefore<A, Before>): AnswerOf<A>
  /** All answers to it so far: of a `forEach` by index of the item, of other steps in the order of
   * the definition. Throws when no step before asks for it. */
  replies<A extends Askable>(asked: A & AskedBefore<A, Before>): AnswerOf<A>[]
  /** The data that the saga was sent, or null when it did not come. Throws when nothing before
   * waits for it. */
  signal<S extends SignalDefinition>(signal: S & AwaitedBefore<S, Before>): DataOf<S> | null
}

/** What the payload of a `forEach` may be made of. */
export type GivenItem<Input, Item, Before = unknown> = Given<Input, Before> & {
  readonly item: Item
  /** Its place in the list, from 0. */
  readonly index: number
}

type Askable = CommandContract | SagaDefinition

type AnswerOf<A> = A extends CommandContract
  ? ReplyOf<A>
  : A extends SagaDefinition
    ? OutputOf<A>
    : never

type Named<N extends string> = { readonly name: N }

/** Nothing for what came before, else a property that nothing has, named by the rule. */
type AskedBefore<A extends Named<string>, Before> = A extends Before
  ? unknown
  : { readonly problem: `no step before asks for ${A['name']}` }

type AwaitedBefore<S extends Named<string>, Before> = S extends Before
  ? unknown
  : { readonly problem: `nothing before waits for ${S['name']}` }
