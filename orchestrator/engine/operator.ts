// What a person can tell a saga. Each verb is in the history with who and why, changes nothing
// when it is repeated, and is refused by name where it would break the saga.
import type { SagalineError } from '../../messaging/errors.ts'
import type { Json } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import { abandon, isToBeUndone } from './abandon.ts'
import { beginCompensation, isPastReturn, settleUnknown } from './compensate.ts'
import { endSaga } from './end.ts'
import type { FactType, Operated } from './event.ts'
import { addVisit } from './forward.ts'
import { allowAttempts, type Move, note, patchSaga, patchStep, send, stepAt } from './move.ts'
import { flag, isParked, unpark } from './park.ts'
import { pause, resume } from './pause.ts'
import { isEnded } from './saga.ts'
import { skip } from './skip.ts'
import { isTaken, take } from './taken.ts'
import { troubleFor } from './trouble.ts'

type Work = (move: Move, event: Operated) => void

/** Answers why the verb is refused, or null. */
export function operate(move: Move, event: Operated): SagalineError | null {
  const key = `operator ${event.requestId}`
  if (isTaken(move, key)) return null
  const verdict = judge(move, event)
  if (typeof verdict !== 'function') return verdict
  take(move, key)
  verdict(move, event)
  return null
}

/** What to do, why not, or null when the saga is there already. */
function judge(move: Move, event: Operated): Work | SagalineError | null {
  const { id, status } = move.saga
  switch (event.verb) {
    case 'terminate':
      return status === 'terminated' ? null : (whyEnded(move) ?? terminate)
    case 'pause':
      return status === 'paused' ? null : (whyEnded(move) ?? pause)
    case 'resume':
      return status === 'paused' ? resume : whyEnded(move)
  }
  if (status === 'paused') return orchestratorError('SAGA_PAUSED', { id, verb: event.verb })
  switch (event.verb) {
    case 'cancel':
      return judgeCancel(move)
    case 'retry':
      return whyNotStuck(move, event) ?? retry
    case 'abandon':
      return status === 'abandoned' ? null : (whyNotStuck(move, event) ?? abandon)
    case 'skip':
      return whyNotStuck(move, event) ?? skip(move, event)
  }
}

function whyEnded({ saga }: Move): SagalineError | null {
  const { id, status } = saga
  return isEnded(saga) ? orchestratorError('SAGA_ENDED', { id, status }) : null
}

function whyNotStuck({ saga }: Move, { verb }: Operated): SagalineError | null {
  const { id, status } = saga
  return status === 'stuck' ? null : orchestratorError('SAGA_NOT_STUCK', { id, status, verb })
}

function judgeCancel(move: Move): Work | SagalineError | null {
  const { id, status, failure, undoCommandId, isFinishing } = move.saga
  const isTurned = failure !== null || undoCommandId !== null
  if (isTurned && status !== 'abandoned' && status !== 'terminated') return null
  if (isEnded(move.saga)) return whyEnded(move)
  if (isFinishing || isPastReturn(move)) return orchestratorError('SAGA_PAST_PIVOT', { id })
  return cancel
}

/** Tries every parked step of a stuck saga again. */
function retry(move: Move, event: Operated): void {
  const { stuck, steps } = move.saga
  tell(move, 'saga.retried', event, stuck?.step ?? null)
  steps.forEach((step, index) => {
    if (isParked(step)) retryStep(move, index)
  })
  unpark(move)
}

function retryStep(move: Move, index: number): void {
  const { name, outcome, undo, payload, lane, order } = stepAt(move, index)
  if (outcome === 'refused') {
    // The refusal is what the fence remembers of this visit; only a new one can end otherwise.
    patchStep(move, index, { isPaused: false })
    const where = { ...(lane !== undefined && { lane }), ...(order !== undefined && { order }) }
    addVisit(move, { name, payload, ...where })
    return
  }
  const place = { index, direction: undo === 'pending' ? 'undo' : 'do' } as const
  allowAttempts(move, place)
  send(move, place)
}

function cancel(move: Move, event: Operated): void {
  tell(move, 'saga.cancelled', event)
  beginCompensation(move, troubleFor(`cancelled by ${event.actor}: ${event.reason}`))
}

/** Nothing is undone and nothing more is sent. What it would still have undone is flagged. */
function terminate(move: Move, event: Operated): void {
  move.saga.steps.forEach((step, index) => {
    const where = { step: step.name, visit: step.visit }
    if (step.outcome === 'pending') {
      settleUnknown(move, index, 'the saga was terminated')
      // Its answer may have come already; a later one flags the others.
      const reason = 'it may have taken effect: the saga was terminated'
      if (isParked(step)) flag(move, { ...where, direction: 'do', reason })
    } else if (isToBeUndone(move, step)) {
      patchStep(move, index, { dueAt: null, isPaused: false, undo: 'skipped' })
      note(move, 'undo.skipped', { index, direction: 'undo' }, by(event))
      const reason = 'its effect stays: the saga was terminated'
      flag(move, { ...where, direction: 'undo', reason })
    }
  })
  patchSaga(move, { pause: null })
  endSaga(move, 'terminated', by(event))
}

function tell(move: Move, type: FactType, event: Operated, step: string | null = null): void {
  move.facts.push({ type, ...(step !== null && { step }), detail: by(event) })
}

export function by({ actor, reason }: Pick<Operated, 'actor' | 'reason'>): Json {
  return { actor, reason }
}
