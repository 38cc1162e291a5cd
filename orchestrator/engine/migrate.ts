// A living saga goes on with another version of its definition.
import type { SagalineError } from '../../messaging/errors.ts'
import type { Migrated } from './event.ts'
import { type Move, patchSaga } from './move.ts'
import { isTaken, take } from './taken.ts'

/** `move` has the definition that the saga goes to; whether it may was decided before. */
export function applyMigrated(move: Move, event: Migrated): SagalineError | null {
  const key = `migration ${event.requestId}`
  if (isTaken(move, key)) return null
  take(move, key)
  const { from, to, value, context, actor, reason } = event
  patchSaga(move, { version: to, value, context })
  move.facts.push({ type: 'saga.migrated', detail: { from, to, actor, reason } })
  return null
}
