// The end of a saga, and what its parent is told of it.
import type { Direction, Json, MessageId } from '../../messaging/message.ts'
import { chartOf } from './chart.ts'
import type { Fact, FactType, ReplyToSend } from './event.ts'
import { type Move, patchSaga } from './move.ts'
import { isEnded, type Saga } from './saga.ts'

type EndStatus = 'completed' | 'compensated' | 'abandoned' | 'terminated'

/** Nothing moves the saga any more, but that the parent of a completed child has it undone. */
export function endSaga(move: Move, status: EndStatus, detail?: Json): void {
  const isFinishing = false
  const ended = {
    timers: [],
    startDueAt: null,
    deadlineAt: null,
    stuck: null,
    signals: [],
    isFinishing,
  }
  for (const { id, name } of move.saga.signals) {
    move.facts.push({ type: 'signal.dropped', detail: { id, name } })
  }
  const output = status === 'completed' ? outputOf(move) : null
  patchSaga(move, { ...ended, status, output })
  const type: FactType = `saga.${status}`
  const fact: Fact = detail === undefined ? { type } : { type, detail }
  move.facts.push(fact)
  const reply = answerToParent(move.saga)
  if (reply !== null) move.replies.push(reply)
}

function outputOf({ definition, saga }: Move): Json {
  return chartOf(definition).output(saga.context)
}

/** What the end of the saga means to the step that it carries out; null without such a step. */
export function answerToParent(saga: Saga): ReplyToSend | null {
  const { parent, status, undoCommandId } = saga
  if (parent === null || !isEnded(saga)) return null
  if (undoCommandId !== null) return answerToUndo(saga, undoCommandId)
  const reply = { parent, commandId: parent.commandId, direction: 'do' } as const
  const { attempt } = parent
  if (status === 'completed') return { ...reply, attempt, outcome: 'succeeded', data: saga.output }
  // Its effects were left as they are, so nobody knows: for the parent that is a technical failure.
  const outcome = status === 'compensated' ? 'refused' : 'failed'
  return { ...reply, attempt, outcome, data: endReason(saga) }
}

/** What the parent's command to run it is answered when it comes once more; null while it lives. */
export function answerToRepeat(saga: Saga, attempt: number): ReplyToSend | null {
  const { parent, undoCommandId } = saga
  if (parent === null || !isEnded(saga)) return null
  if (undoCommandId === null) {
    const reply = answerToParent(saga)
    return reply && { ...reply, attempt }
  }
  const { commandId } = parent
  const data = { saga: saga.id, status: saga.status, reason: 'it was taken back' }
  return { parent, commandId, attempt, direction: 'do', outcome: 'refused', data }
}

function answerToUndo(saga: Saga, commandId: MessageId): ReplyToSend | null {
  const { parent, status } = saga
  if (parent === null) return null
  const reply = { parent, commandId, direction: 'undo' as Direction, attempt: 1 }
  if (status === 'compensated') return { ...reply, outcome: 'succeeded', data: null }
  return { ...reply, outcome: 'refused', data: endReason(saga) }
}

function endReason({ id, status, failure }: Saga): Json {
  return { saga: id, status, step: failure?.step ?? null, reason: failure?.reason ?? null }
}
