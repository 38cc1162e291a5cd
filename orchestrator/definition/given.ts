// What the functions of an author are given: the input, and what the saga has heard so far.
import type { CommandContract, ReplyOf } from '../../messaging/contract.ts'
import type { SagaDefinition, SignalDefinition } from './saga-definition.ts'

/** What a step's payload, a condition or a time may be made of. Only steps and signals that came
 * before count; what stands beside it in a parallel item does not. */
export type Given<Input> = {
  readonly input: Input
  /** What the last step before that asks for it was answered. Throws without an answer. */
  readonly reply: Reply
  /** All answers to it so far: of a `forEach` by index of the item, of other steps in the order of
   * the definition. */
  readonly replies: Replies
  /** The data that the saga was sent, or null when it did not come. */
  readonly signal: <Data>(signal: SignalDefinition<Data>) => Data | null
}

/** What the payload of a `forEach` may be made of. */
export type GivenItem<Input, Item> = Given<Input> & {
  readonly item: Item
  /** Its place in the list, from 0. */
  readonly index: number
}

type Reply = {
  <C extends CommandContract>(contract: C): ReplyOf<C>
  <Output>(child: SagaDefinition<never, Output>): Output
}

type Replies = {
  <C extends CommandContract>(contract: C): ReplyOf<C>[]
  <Output>(child: SagaDefinition<never, Output>): Output[]
}
