// What a person can tell a saga. Each verb is in the history with who and why.
import type { Retried } from './event.ts'
import { addVisit } from './forward.ts'
import { type Move, patchStep, send, stepAt, stepDefinition } from './move.ts'
import { isParked, unpark } from './park.ts'

/** Tries every parked step of a stuck saga again. Answers why that cannot be, or null. */
export function retryStuck(move: Move, event: Retried): string | null {
  const { stuck, steps } = move.saga
  if (stuck === null) return 'the saga is not stuck'
  const detail = { actor: event.actor, reason: event.reason }
  move.facts.push({ type: 'saga.retried', ...(stuck.step && { step: stuck.step }), detail })
  steps.forEach((step, index) => {
    if (isParked(step)) retryStep(move, index)
  })
  unpark(move)
  return null
}

function retryStep(move: Move, index: number): void {
  const { name, outcome, undo, attempts, payload } = stepAt(move, index)
  if (outcome === 'refused') {
    // The refusal is what the fence remembers of this visit; only a new one can end otherwise.
    patchStep(move, index, { isPaused: false })
    addVisit(move, name, payload)
    return
  }
  const { retry, undoRetry } = stepDefinition(move, name)
  const direction = undo === 'pending' ? 'undo' : 'do'
  const policy = direction === 'do' ? retry : undoRetry
  patchStep(move, index, { attemptsMax: attempts + policy.attempts })
  send(move, { index, direction })
}
