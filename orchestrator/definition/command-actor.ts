// A command as XState sees it: actor logic that is never started. It carries the contract, so
// that a machine's `input`, `output` and `error` types come from there.
import type { ActorLogic, EventObject, Snapshot } from 'xstate'
import type { CommandContract, PayloadOf, ReplyOf } from '../../messaging/contract.ts'

export type CommandActor<C extends CommandContract = CommandContract> = ActorLogic<
  Snapshot<ReplyOf<C>>,
  EventObject,
  PayloadOf<C>
> & { readonly contract: C }

const idle: Snapshot<never> = {
  status: 'active',
  output: undefined,
  error: undefined,
} as Snapshot<never>

/** Makes a contract usable under `actors` of XState's `setup`. */
export function commandActor<C extends CommandContract>(contract: C): CommandActor<C> {
  return {
    contract,
    transition: (snapshot: Snapshot<ReplyOf<C>>) => snapshot,
    getInitialSnapshot: () => idle,
    getPersistedSnapshot: () => idle,
  } as unknown as CommandActor<C>
}
