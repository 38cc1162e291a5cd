// Ties a command's contract to the function that carries it out. `createParticipant` takes a list
// of what `handle` and `handleBatch` return.
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

/**
 * The handler runs once per (saga, step, visit) that commits; it may run again after a rollback,
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
