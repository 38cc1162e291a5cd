// Giving up a stuck saga: every step that remains is recorded as skipped, and each effect that
// stays is flagged for a person.
import { endSaga } from './end.ts'
import type { Operated } from './event.ts'
import { type Move, note, patchStep } from './move.ts'
import { flag } from './park.ts'
import type { StepState } from './saga.ts'

export function abandon(move: Move, { actor, reason }: Operated): void {
  const by = { actor, reason }
  move.saga.steps.forEach((step, index) => {
    const rest = { dueAt: null, isPaused: false }
    if (step.outcome === 'pending' || isRefusedAndParked(step)) {
      patchStep(move, index, { ...rest, outcome: 'skipped' })
      note(move, 'step.skipped', { index, direction: 'do' }, by)
      if (step.outcome === 'pending') flagEffect(move, step, 'it may have taken effect')
    } else if (isToBeUndone(move, step)) {
      patchStep(move, index, { ...rest, undo: 'skipped' })
      note(move, 'undo.skipped', { index, direction: 'undo' }, by)
      flagEffect(move, step, 'its effect stays')
    }
  })
  endSaga(move, 'abandoned', by)
}

function flagEffect(move: Move, { name: step, visit, outcome }: StepState, what: string): void {
  const direction = outcome === 'pending' ? 'do' : 'undo'
  flag(move, { step, visit, direction, reason: `${what}: the saga was abandoned` })
}

const isRefusedAndParked = ({ outcome, isPaused }: StepState) => outcome === 'refused' && isPaused

/** What the saga would still undo: all of it once it turned back or its parent asked for that, what
 * its statechart left before the answer in any case. */
export function isToBeUndone({ saga }: Move, { outcome, undo }: StepState): boolean {
  const isOpen = undo === 'none' || undo === 'pending'
  const isTurned = saga.failure !== null || saga.undoCommandId !== null
  if (isTurned) return isOpen && (outcome === 'done' || outcome === 'unknown')
  return isOpen && outcome === 'unknown'
}
