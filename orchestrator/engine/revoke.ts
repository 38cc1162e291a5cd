// The parent of a child saga takes it back: what the child did is undone by its own compensation,
// and the parent is answered when that has ended.

import type { MessageId } from '../../messaging/message.ts'
import { beginCompensation, isPastReturn } from './compensate.ts'
import { answerToParent } from './end.ts'
import type { Revoked } from './event.ts'
import { type Move, patchSaga } from './move.ts'
import { isEnded, type Saga } from './saga.ts'
import { takenBack } from './trouble.ts'

export function revoke(move: Move, { commandId }: Revoked): void {
  const { saga } = move
  if (saga.parent === null) return
  const isRepeat = saga.undoCommandId !== null
  if (isRepeat && !isEnded(saga)) return
  if (!isRepeat) move.facts.push({ type: 'saga.revoked' })
  if (isPastUndoing(move)) {
    refuse(move, commandId)
    return
  }
  patchSaga(move, { undoCommandId: commandId })
  if (isRepeat || isSettled(saga)) answerAgain(move)
  // What it left behind is undone first, then the rest: see `continueCompensation`.
  else if (!saga.isFinishing) beginCompensation(move, takenBack)
}

/** It turned back already, so its end is the answer; or a person left its effects as they are. */
function isSettled({ failure, status }: Saga): boolean {
  return failure !== null || status === 'terminated' || status === 'abandoned'
}

function isPastUndoing(move: Move): boolean {
  return !isSettled(move.saga) && isPastReturn(move)
}

function answerAgain(move: Move): void {
  const answer = answerToParent(move.saga)
  if (answer !== null) move.replies.push(answer)
}

function refuse(move: Move, commandId: MessageId): void {
  const { id, parent, status } = move.saga
  if (parent === null) return
  const data = { saga: id, status, reason: 'it is past its point of no return' }
  const reply = { parent, commandId, attempt: 1 } as const
  move.replies.push({ ...reply, direction: 'undo', outcome: 'refused', data })
}
