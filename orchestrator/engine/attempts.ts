// What follows when a sending brought no answer or a technical error: another one after a pause,
// or, when all are used up, the verdict of the step's kind.
import { invariant } from '../../messaging/errors.ts'
import type { Json } from '../../messaging/message.ts'
import { retryDelayMs } from '../definition/retry-policy.ts'
import { commandId } from './command-id.ts'
import { moveForward } from './forward.ts'
import { type Move, note, type Place, patchStep, send, stepAt, stepDefinition } from './move.ts'
import { park } from './park.ts'

/** A participant could not do it this time. */
export function attemptFailed(move: Move, place: Place, error: Json): void {
  const { index, direction } = place
  const step = stepAt(move, index)
  note(move, direction === 'do' ? 'step.failed' : 'undo.failed', place, error)
  patchStep(move, index, { error })
  if (step.attempts >= step.attemptsMax) {
    exhausted(move, place, error)
    return
  }
  const definition = stepDefinition(move, step.name)
  const policy = direction === 'do' ? definition.retry : definition.undoRetry
  const id = commandId({ sagaId: move.saga.id, step: step.name, direction, visit: step.visit })
  const dueAt = move.now + retryDelayMs(policy, step.attempts, id)
  patchStep(move, index, { isPaused: true, dueAt })
}

/** A pause is over, or a sending was not answered in time. */
export function attemptDue(move: Move, place: Place): void {
  const step = stepAt(move, place.index)
  if (!step.isPaused)
    note(move, place.direction === 'do' ? 'step.timed-out' : 'undo.timed-out', place)
  if (step.isPaused || step.attempts < step.attemptsMax) send(move, place)
  else exhausted(move, place, 'timeout')
}

/**
 * Before the pivot the outcome counts as unknown and the saga turns back; where it can only go
 * on (pivot, retriable, undo) it is stuck.
 */
function exhausted(move: Move, place: Place, reason: Json): void {
  const step = stepAt(move, place.index)
  const isCompensatable = stepDefinition(move, step.name).kind === 'compensatable'
  if (place.direction === 'undo' || !isCompensatable) {
    park(move, place, reason)
    return
  }
  invariant(step.outcome === 'pending', `${step.name} is tried again though ${step.outcome}`)
  patchStep(move, place.index, { outcome: 'unknown', dueAt: null, isPaused: false, error: reason })
  note(move, 'step.unknown', place, reason)
  moveForward(move, { type: 'error', step: step.name, error: reason }, reason)
}
