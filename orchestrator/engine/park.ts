// Where the saga stands still: steps that wait for a person or a late answer, marked as paused
// without an end. There can be several of them in parallel regions.
import type { Json } from '../../messaging/message.ts'
import { type Move, note, type Place, patchSaga, patchStep, stepAt } from './move.ts'
import type { Saga, SagaStatus, StepState, Trouble } from './saga.ts'

export function isParked(step: StepState): boolean {
  return step.isPaused && step.dueAt === null
}

/** Automatic retries stop. Without a place it was no step's answer that led here. */
export function park(move: Move, place: Place | null, reason: Json): void {
  if (place === null) {
    patchSaga(move, { status: 'stuck', stuck: { step: null, visit: 0, direction: 'do', reason } })
    move.facts.push({ type: 'saga.stuck', detail: reason })
    return
  }
  patchStep(move, place.index, { dueAt: null, isPaused: true, error: reason })
  patchSaga(move, { status: 'stuck', stuck: troubleAt(stepAt(move, place.index)) })
  note(move, 'saga.stuck', place, reason)
}

/** Back to what the saga was doing, unless some step is still parked. */
export function unpark(move: Move): void {
  const { status, stuck, steps } = move.saga
  if (status !== 'stuck') return
  const parked = steps.filter(isParked)
  const isWhere = ({ name, visit }: StepState) => stuck?.step === name && stuck.visit === visit
  const rest = parked.find(isWhere) ?? parked[0]
  if (rest) patchSaga(move, { stuck: troubleAt(rest) })
  else patchSaga(move, { status: movingStatus(move.saga), stuck: null })
  // It could not begin though its time had come, or its locks were free.
  if (!rest && !hasBegun(move.saga)) patchSaga(move, { startDueAt: move.now })
}

/** What a saga does that neither is stuck nor has ended. One that never began is begun once more. */
export function movingStatus(saga: Saga): SagaStatus {
  if (saga.failure !== null || saga.isFinishing) return 'compensating'
  return hasBegun(saga) ? 'running' : 'scheduled'
}

/** Its statechart goes on. Beside a parked step it does; but while the definition could not take
 * something, that has to be mended first. */
export function goesForward(saga: Saga): boolean {
  const { status, stuck } = saga
  if (status === 'stuck') return stuck?.step != null && movingStatus(saga) === 'running'
  return status === 'running'
}

/** Whether its statechart was started. */
export function hasBegun({ value }: Saga): boolean {
  return value !== null
}

/** Something stays that a person must look at, though nothing waits for it. */
export function flag(move: Move, trouble: Trouble): void {
  patchSaga(move, { flags: [...move.saga.flags, trouble] })
  const { step, visit, direction, reason } = trouble
  const where = step === null ? {} : { step, visit, direction }
  move.facts.push({ type: 'saga.flagged', ...where, detail: reason })
}

function troubleAt({ name, visit, undo, error }: StepState): Trouble {
  return { step: name, visit, direction: undo === 'pending' ? 'undo' : 'do', reason: error }
}
