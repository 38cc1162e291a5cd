// A person holds a saga: nothing is sent, no timer fires, and what comes is kept in its order.
import type { Operated, SagaEvent } from './event.ts'
import { type Move, patchSaga } from './move.ts'

/** Answers that one paused saga keeps. One past it is asked for again after the pause. That its
 * parent takes it back is kept in any case: it comes once. */
export const heldMax = 1_000

export function pause(move: Move, { actor, reason }: Operated): void {
  const was = move.saga.status
  patchSaga(move, { status: 'paused', pause: { was, actor, reason, since: move.now } })
  move.facts.push({ type: 'saga.paused', detail: { actor, reason } })
}

/** What was kept is applied by the caller, in the order it came. */
export function resume(move: Move, { actor, reason }: Operated): void {
  const { pause: paused, status, startDueAt } = move.saga
  patchSaga(move, { status: paused?.was ?? status, pause: null })
  // It could not take its locks meanwhile, so that time does not count.
  if (paused?.was === 'waiting' && startDueAt !== null) {
    patchSaga(move, { startDueAt: startDueAt + (move.now - paused.since) })
  }
  move.facts.push({ type: 'saga.resumed', detail: { actor, reason } })
}

export function hold(move: Move, event: SagaEvent): void {
  const { held } = move.saga
  const text = JSON.stringify(event)
  const isKnown = held.some((other) => JSON.stringify(other) === text)
  if (isKnown || (held.length >= heldMax && event.type !== 'revoked')) return
  patchSaga(move, { held: [...held, event] })
  move.facts.push({ type: 'event.held', detail: { type: event.type } })
}
