// Turning back: every step that was or may have been done is undone, last one first.
import { invariant } from '../../messaging/errors.ts'
import { type Move, patchSaga, patchStep, send, stepAt, stepDefinition } from './move.ts'
import type { StepState, Trouble } from './saga.ts'

export function beginCompensation(move: Move, failure: Trouble): void {
  patchSaga(move, { status: 'compensating', failure, timers: [] })
  move.facts.push({ type: 'saga.compensating', detail: failure.reason })
  continueCompensation(move)
}

/** A step without an undo that was, or may be, done: there is no way back any more. */
export function isPastReturn(move: Move): boolean {
  return move.saga.steps.some(
    (step) =>
      step.outcome !== 'refused' && stepDefinition(move, step.name).kind !== 'compensatable',
  )
}

/** Sends the next undo; without one the saga is compensated. */
export function continueCompensation(move: Move): void {
  const { steps } = move.saga
  const isPending = (step: StepState) => step.outcome === 'pending' || step.undo === 'pending'
  invariant(!steps.some(isPending), `saga ${move.saga.id} turns back with a step under way`)
  const index = steps.findLastIndex(
    (step) => step.undo === 'none' && (step.outcome === 'done' || step.outcome === 'unknown'),
  )
  if (index < 0) {
    patchSaga(move, { status: 'compensated' })
    move.facts.push({ type: 'saga.compensated' })
    return
  }
  const { undoRetry } = stepDefinition(move, stepAt(move, index).name)
  const fresh = { undo: 'pending', attempts: 0, attemptsMax: undoRetry.attempts } as const
  patchStep(move, index, fresh)
  send(move, { index, direction: 'undo' })
}
