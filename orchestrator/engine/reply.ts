// A participant's answer: only one to a command that is awaited moves the saga; every other one
// is recorded and changes nothing.
import type { SagalineError } from '../../messaging/errors.ts'
import type { CommandKey, Direction, Json } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import { attemptFailed } from './attempts.ts'
import { commandId } from './command-id.ts'
import { continueCompensation } from './compensate.ts'
import type { FactType, Replied } from './event.ts'
import { moveForward } from './forward.ts'
import {
  contractFor,
  invokeOf,
  type Move,
  note,
  type Place,
  patchStep,
  stepAt,
  stepDefinition,
} from './move.ts'
import { flag, isParked, park, unpark } from './park.ts'
import { isEnded, type StepState } from './saga.ts'

/** Replies that change nothing are recorded up to this many entries of a saga's history. */
const revisionRecordedMax = 10_000

/** Answers why the reply cannot be used, or null. `place` is where it belongs. */
export function applyReply(move: Move, reply: Replied, place: Place | null): SagalineError | null {
  if (place === null) {
    record(move, 'reply.foreign', reply)
    return unusable(`saga ${move.saga.id} never sent ${reply.commandId}`)
  }
  if (!isAwaited(move, place, reply)) {
    record(move, recordedAs(stepAt(move, place.index), place.direction, reply), reply)
    flagLateSuccess(move, place, reply)
    return null
  }
  const problem = contractProblem(move, place, reply)
  if (problem !== null) {
    record(move, 'reply.malformed', reply)
    return unusable(problem)
  }
  if (reply.outcome === 'failed') attemptFailed(move, place, reply.data)
  else if (place.direction === 'do') applyDoReply(move, place, reply)
  else applyUndoReply(move, place, reply)
  return null
}

function unusable(problem: string): SagalineError {
  return orchestratorError('REPLY_UNUSABLE', { problem })
}

/** It took effect after all, and no undo is or will be sent: a person must see to it. */
function flagLateSuccess(move: Move, { index, direction }: Place, reply: Replied): void {
  const { name, visit, outcome, undo } = stepAt(move, index)
  const isLate = outcome === 'pending' || outcome === 'unknown' || outcome === 'skipped'
  const isLeft = undo === 'skipped' || (undo === 'none' && isEnded(move.saga))
  const isSkipped = outcome === 'skipped'
  if (direction !== 'do' || reply.outcome !== 'succeeded' || !isLate) return
  if (!isLeft && !isSkipped) return
  const reason = 'it took effect after it was given up'
  const { flags } = move.saga
  const isKnown = flags.some((flagged) => flagged.step === name && flagged.visit === visit)
  if (!isKnown) flag(move, { step: name, visit, direction, reason })
}

/** The step and direction whose command is answered, or null when none was sent. */
export function findPlace(move: Move, reply: Replied): Place | null {
  const sagaId = move.saga.id
  for (let index = move.saga.steps.length - 1; index >= 0; index--) {
    const { name, visit, undo } = stepAt(move, index)
    for (const direction of ['do', 'undo'] as const) {
      const key: CommandKey = { sagaId, step: name, direction, visit }
      const wasSent = direction === 'do' || undo !== 'none'
      if (wasSent && commandId(key) === reply.commandId) return { index, direction }
    }
  }
  return null
}

/** A failure of an earlier sending, or the second of one, says nothing about the pending one. */
function isAwaited(move: Move, { index, direction }: Place, reply: Replied): boolean {
  if (isEnded(move.saga)) return false
  const step = stepAt(move, index)
  const isPending = direction === 'do' ? step.outcome === 'pending' : step.undo === 'pending'
  if (!isPending) return false
  if (reply.outcome === 'failed') {
    return reply.attempt === step.attempts && !step.isPaused && step.dueAt !== null
  }
  const isSecondRefusal = reply.outcome === 'refused' && direction === 'undo' && isParked(step)
  return !isSecondRefusal
}

/** A duplicate says what is known already; everything else comes too late. */
function recordedAs(step: StepState, direction: Direction, reply: Replied): FactType {
  const outcome = direction === 'do' ? step.outcome : step.undo
  const isKnown = {
    succeeded: outcome === 'done',
    refused: outcome === 'refused' || outcome === 'pending',
    failed: outcome === 'pending' && reply.attempt === step.attempts,
  }[reply.outcome]
  return isKnown ? 'reply.duplicate' : 'reply.late'
}

function contractProblem(move: Move, place: Place, reply: Replied): string | null {
  if (reply.outcome !== 'succeeded') return null
  const definition = stepDefinition(move, stepAt(move, place.index).name)
  // A participant that had nothing to undo never ran the undo, so it has nothing to tell.
  if (place.direction === 'undo' && reply.data === null) return null
  const problem = contractFor(definition, place.direction).checkReply(reply.data)
  return problem === null ? null : `the reply to ${reply.commandId} does not fit: ${problem}`
}

function applyDoReply(move: Move, place: Place, reply: Replied): void {
  const { name } = stepAt(move, place.index)
  const invoke = invokeOf(stepAt(move, place.index))
  const isDone = reply.outcome === 'succeeded'
  const isOnward = stepDefinition(move, name).kind === 'retriable'
  settle(move, place, isDone ? null : reply.data, { outcome: isDone ? 'done' : 'refused' })
  note(move, isDone ? 'step.succeeded' : 'step.refused', place, isDone ? null : reply.data)
  if (move.saga.failure !== null) continueCompensation(move)
  else if (isDone) moveForward(move, { type: 'done', invoke, output: reply.data }, null)
  else if (isOnward) park(move, place, reply.data)
  else {
    const { data: error } = reply
    moveForward(move, { type: 'error', invoke, error, isRefusal: true }, error)
  }
}

function applyUndoReply(move: Move, place: Place, reply: Replied): void {
  if (reply.outcome === 'refused') {
    note(move, 'undo.refused', place, reply.data)
    park(move, place, reply.data)
    return
  }
  settle(move, place, null, { undo: 'done' })
  note(move, 'undo.succeeded', place)
  continueCompensation(move)
}

function settle(move: Move, place: Place, error: Json, patch: Partial<StepState>): void {
  patchStep(move, place.index, { ...patch, dueAt: null, isPaused: false, error })
  unpark(move)
}

function record(move: Move, type: FactType, reply: Replied): void {
  if (move.saga.revision >= revisionRecordedMax) return
  const { commandId: command, outcome, data } = reply
  move.facts.push({ type, attempt: reply.attempt, detail: { command, outcome, data } })
}
