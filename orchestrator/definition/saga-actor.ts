// A child saga as XState sees it: actor logic that is never started. Its input is the child's
// input, its output what the child gives.
import type { ActorLogic, EventObject, Snapshot } from 'xstate'
import { childCommand } from './child-command.ts'
import { type CommandActor, commandActor } from './command-actor.ts'
import type { InputOf, OutputOf, SagaDefinition } from './saga-definition.ts'

/** A child saga under `actors` of XState's `setup`. */
export type SagaActor<D extends SagaDefinition = SagaDefinition> = ActorLogic<
  Snapshot<OutputOf<D>>,
  EventObject,
  InputOf<D>
> & { readonly contract: CommandActor['contract']; readonly child: D }

/** Makes a saga usable under `actors` of XState's `setup`: its invoke starts it as a child. */
export function sagaActor<D extends SagaDefinition>(child: D): SagaActor<D> {
  return { ...commandActor(childCommand(child)), child } as unknown as SagaActor<D>
}
