// A living saga goes on with another version of its definition.
import type { SagalineError } from '../../messaging/errors.ts'
import type { Migrated } from './event.ts'
import { type Move, patchSaga } from './move.ts'
import type { Saga } from './saga.ts'
import { isTaken, take } from './taken.ts'

const keyOf = ({ requestId }: Migrated) => `migration ${requestId}`

/** The saga has taken this very request before. */
export function isMigrated(saga: Pick<Saga, 'taken'>, event: Migrated): boolean {
  return saga.taken.includes(keyOf(event))
}

/** `move` has the definition that the saga goes to; whether it may was decided before. */
export function applyMigrated(move: Move, event: Migrated): SagalineError | null {
  const key = keyOf(event)
  if (isTaken(move, key)) return null
  take(move, key)
  const { from, to, value, context, actor, reason } = event
  patchSaga(move, { version: to, value, context })
  move.facts.push({ type: 'saga.migrated', detail: { from, to, actor, reason } })
  return null
}
