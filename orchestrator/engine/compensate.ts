// Turning back: what is under way is settled first, then every step that was or may have been
// done is undone, last one first. A child saga under way is not waited for: its undo takes it back.
import type { Json } from '../../messaging/message.ts'
import { endSaga } from './end.ts'
import {
  allowAttempts,
  type Move,
  note,
  patchSaga,
  patchStep,
  send,
  stepDefinition,
} from './move.ts'
import { flag, isParked } from './park.ts'
import type { StepState, Trouble } from './saga.ts'
import { takenBack } from './trouble.ts'
import { lastInOrder } from './undo-order.ts'

/** What was sent and may still be answered in time is waited for, but never sent again. A child
 * saga may take a month to answer, and can be taken back while it runs. */
export function beginCompensation(move: Move, failure: Trouble): void {
  const turned = { status: 'compensating', failure, stuck: null, timers: [] } as const
  patchSaga(move, { ...turned, startDueAt: null, deadlineAt: null, isFinishing: false })
  move.facts.push({ type: 'saga.compensating', detail: failure.reason })
  move.saga.steps.forEach((step, index) => {
    const isWaitedFor = step.dueAt !== null && !step.isPaused && !isChild(move, step)
    const reason = step.error ?? 'the saga turned back before its answer'
    if (step.outcome === 'pending' && !isWaitedFor) settleUnknown(move, index, reason)
    else if (isParked(step)) patchStep(move, index, { isPaused: false })
  })
  continueCompensation(move)
}

function isChild(move: Move, { name }: StepState): boolean {
  return stepDefinition(move, name).child !== null
}

/** A step without an undo that was, or may be, done: there is no way back any more. */
export function isPastReturn(move: Pick<Move, 'definition' | 'saga'>): boolean {
  return move.saga.steps.some(
    ({ name, outcome }) =>
      outcome !== 'refused' &&
      outcome !== 'skipped' &&
      stepDefinition(move, name).kind !== 'compensatable',
  )
}

/** May have been done, so it is undone as well. */
export function settleUnknown(move: Move, index: number, reason: Json): void {
  patchStep(move, index, { outcome: 'unknown', dueAt: null, isPaused: false, error: reason })
  note(move, 'step.unknown', { index, direction: 'do' }, reason)
}

/** Sends the next undo; when all is undone that must be, the saga has ended. */
export function continueCompensation(move: Move): void {
  const { steps, failure } = move.saga
  if (steps.some(({ outcome, undo }) => outcome === 'pending' || undo === 'pending')) return
  const index = lastInOrder(steps, failure === null ? isLeftBehind : isToUndo)
  if (index < 0) {
    if (failure !== null) endSaga(move, 'compensated')
    else endFinishing(move)
    return
  }
  patchStep(move, index, { undo: 'pending', attempts: 0 })
  const place = { index, direction: 'undo' } as const
  allowAttempts(move, place)
  send(move, place)
}

/** Its parent may have asked for its undo meanwhile. */
function endFinishing(move: Move): void {
  if (move.saga.undoCommandId === null) endSaga(move, 'completed')
  else beginCompensation(move, takenBack)
}

/** The statechart has completed. Steps that it left before their answers are undone before the
 * saga has: nobody waits for their effects any more. */
export function finish(move: Move): void {
  flagLasting(move)
  if (move.saga.steps.some(isLeftBehind)) {
    patchSaga(move, { status: 'compensating', isFinishing: true, timers: [], deadlineAt: null })
    continueCompensation(move)
  } else endSaga(move, 'completed')
}

/** What was left behind and has no undo is for a person. */
function flagLasting(move: Move): void {
  move.saga.steps.forEach((step, index) => {
    const { name, visit } = step
    if (!isLeftBehind(step) || stepDefinition(move, name).command.undo !== null) return
    const reason = 'left before its answer, and there is no undo'
    patchStep(move, index, { undo: 'skipped' })
    note(move, 'undo.skipped', { index, direction: 'undo' }, reason)
    flag(move, { step: name, visit, direction: 'do', reason })
  })
}

/** Of a step that is settled. */
export const isToUndo = ({ outcome, undo }: StepState) =>
  undo === 'none' && (outcome === 'done' || outcome === 'unknown')

const isLeftBehind = ({ outcome, undo }: StepState) => undo === 'none' && outcome === 'unknown'
