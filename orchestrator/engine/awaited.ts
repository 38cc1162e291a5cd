// The commands that a saga waits for, rebuilt from its state: what recovery publishes again.
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { commandId } from './command-id.ts'
import type { CommandToSend } from './event.ts'
import { isEnded, type Saga, type StepState } from './saga.ts'

/** With the ids, bodies and attempts of their last sending; empty once the saga has ended. */
export function awaitedCommands(definition: SagaDefinition, saga: Saga): readonly CommandToSend[] {
  if (isEnded(saga)) return []
  return saga.steps.filter(isSent).flatMap((step) => {
    const direction = step.undo === 'pending' ? 'undo' : 'do'
    const command = definition.steps.get(step.name)?.command
    const contract = direction === 'do' ? command : command?.undo
    if (!contract) return []
    const key = { sagaId: saga.id, step: step.name, direction, visit: step.visit } as const
    return {
      ...key,
      id: commandId(key),
      contract,
      attempt: step.attempts,
      payload: step.payload,
      issuedAt: step.issuedAt,
      deadline: step.dueAt ?? step.issuedAt,
    }
  })
}

/** A stuck step waits for a person, a paused one for its time: neither is sent again here. */
function isSent(step: StepState): boolean {
  const isPending = step.outcome === 'pending' || step.undo === 'pending'
  return isPending && step.dueAt !== null && !step.isPaused
}
