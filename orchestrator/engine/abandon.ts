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
    } else if (move.saga.failure !== null && isNotUndone(step)) {
      patchStep(move, index, { ...rest, undo: 'skipped' })
      note(move, 'undo.skipped', { index, direction: 'undo' }, by)
      const trouble = { step: step.name, visit: step.visit, direction: 'undo' } as const
      flag(move, { ...trouble, reason: 'its effect stays: the saga was abandoned' })
    }
  })
  endSaga(move, 'abandoned', by)
}

const isRefusedAndParked = ({ outcome, isPaused }: StepState) => outcome === 'refused' && isPaused

const isNotUndone = ({ outcome, undo }: StepState) =>
  (outcome === 'done' || outcome === 'unknown') && (undo === 'none' || undo === 'pending')
