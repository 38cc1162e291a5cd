// What follows when a sending brought no answer or a technical error: another one after a pause,
// or, when all are used up, the verdict of the step's kind.
import { invariant } from '../../messaging/errors.ts'
import type { Json } from '../../messaging/message.ts'
import { retryDelayMs } from '../definition/retry-policy.ts'
import { commandId } from './command-id.ts'
import { continueCompensation, settleUnknown } from './compensate.ts'
import { moveForward } from './forward.ts'
import {
  invokeOf,
  isUsedUp,
  type Move,
  note,
  type Place,
  patchStep,
  policyOf,
  send,
  stepAt,
  stepDefinition,
} from './move.ts'
import { park } from './park.ts'

/** A participant could not do it this time. */
export function attemptFailed(move: Move, place: Place, error: Json): void {
  const { index, direction } = place
  const step = stepAt(move, index)
  note(move, direction === 'do' ? 'step.failed' : 'undo.failed', place, error)
  patchStep(move, index, { error })
  if (isTurningBack(move, place) || isUsedUp(move, index)) {
    exhausted(move, place, error)
    return
  }
  const id = commandId({ sagaId: move.saga.id, step: step.name, direction, visit: step.visit })
  const pauseMs = retryDelayMs(policyOf(move, place), step.attempts, id)
  const dueAt = Math.min(move.now + pauseMs, step.deadlineAt ?? Infinity)
  patchStep(move, index, { isPaused: true, dueAt })
}

/** A pause is over, or a sending was not answered in time. */
export function attemptDue(move: Move, place: Place): void {
  const step = stepAt(move, place.index)
  const { isPaused } = step
  if (!isPaused) note(move, place.direction === 'do' ? 'step.timed-out' : 'undo.timed-out', place)
  const isLast = isTurningBack(move, place) || isUsedUp(move, place.index)
  if (isLast) exhausted(move, place, isPaused ? step.error : 'timeout')
  else send(move, place)
}

/** A do that is still under way while its saga turns back is settled, not tried again. */
function isTurningBack({ saga }: Move, { direction }: Place): boolean {
  return direction === 'do' && saga.failure !== null
}

/**
 * Before the pivot the outcome counts as unknown and the saga turns back; where it can only go
 * on (pivot, retriable, undo) it is stuck.
 */
function exhausted(move: Move, place: Place, reason: Json): void {
  const step = stepAt(move, place.index)
  if (isTurningBack(move, place)) {
    settleUnknown(move, place.index, reason)
    continueCompensation(move)
    return
  }
  const isCompensatable = stepDefinition(move, step.name).kind === 'compensatable'
  if (place.direction === 'undo' || !isCompensatable) {
    park(move, place, reason)
    return
  }
  invariant(step.outcome === 'pending', `${step.name} is tried again though ${step.outcome}`)
  settleUnknown(move, place.index, reason)
  moveForward(move, { type: 'error', invoke: invokeOf(step), error: reason }, reason)
}
