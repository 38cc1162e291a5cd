// Ties a command's contract to the function that carries it out. `createParticipant` takes a list
// of what `handle`, `handleBatch` and `handleOutside` return.
import type { CommandContract, PayloadOf, RefusalOf, ReplyOf } from '../messaging/contract.ts'
import type { Tx } from '../messaging/db.ts'
import type { Command } from './command.ts'
import type { Outcome } from './outcome.ts'

export type CommandOf<C extends CommandContract> = Command<PayloadOf<C>>
export type OutcomeOf<C extends CommandContract> = Outcome<ReplyOf<C>, RefusalOf<C>>

type RunOne = (tx: Tx, command: Command) => Promise<Outcome>
type RunBatch = (tx: Tx, commands: readonly Command[]) => Promise<readonly Outcome[]>

export type Handler =
  | { readonly type: 'one'; readonly contract: CommandContract; readonly run: RunOne }
  | { readonly type: 'batch'; readonly contract: CommandContract; readonly run: RunBatch }
  | { readonly type: 'outside'; readonly contract: CommandContract; readonly work: AnyOutsideWork }

/** How an effect outside of the database is brought about; `Answer` is what the others say of it. */
export type OutsideWork<C extends CommandContract, Answer> = {
  /**
   * Has it done, without a transaction. `command.id` must go along as the key by which the others
   * know a repeat: the same id asked for twice, or by two instances at once, is one effect.
   */
  readonly call: (command: CommandOf<C>) => Promise<Answer>
  /** What became of a call with `command.id` that may have been made; null when they know of none. */
  readonly ask: (command: CommandOf<C>) => Promise<Answer | null>
  /** Writes down what they did, in the transaction in which the command becomes done or refused. */
  readonly settle: (tx: Tx, command: CommandOf<C>, answer: Answer) => Promise<OutcomeOf<C>>
}

/**
 * The handler runs once per (saga, step, visit) that commits; it may run again after a
 * rollback, and for a command that was answered before, which is rolled back,
 * so it touches nothing but `tx`. Commands of one transaction run one after the other, since
 * statements of two that interleave would not see each other: for volume use `handleBatch`.
 */
export function handle<C extends CommandContract>(
  contract: C,
  run: (tx: Tx, command: CommandOf<C>) => Promise<OutcomeOf<C>>,
): Handler {
  // The payload is checked against the contract before the handler is called.
  return { type: 'one', contract, run: run as RunOne }
}

/**
 * Like `handle`, for all commands of the contract that share a transaction, each of another saga,
 * sorted by saga id. Outcomes come back in the same number and order.
 */
export function handleBatch<C extends CommandContract>(
  contract: C,
  run: (tx: Tx, commands: readonly CommandOf<C>[]) => Promise<readonly OutcomeOf<C>[]>,
): Handler {
  return { type: 'batch', contract, run: run as RunBatch }
}

/** As the kit keeps it: payloads are checked against the contract before. */
export type AnyOutsideWork = {
  readonly call: (command: Command) => Promise<unknown>
  readonly ask: (command: Command) => Promise<unknown>
  readonly settle: (tx: Tx, command: Command, answer: unknown) => Promise<Outcome>
}

/**
 * For an effect outside of the database, such as a payment by card. That it is asked for is
 * committed first, then it is called, and what came of it is committed. After a crash, or a call
 * that failed, it is asked what became of it before it is called again.
 */
export function handleOutside<C extends CommandContract, Answer>(
  contract: C,
  work: OutsideWork<C, Answer>,
): Handler {
  return { type: 'outside', contract, work: work as unknown as AnyOutsideWork }
}
