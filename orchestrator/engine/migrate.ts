// A living saga goes on with another version of its definition.
import type { SagalineError } from '../../messaging/errors.ts'
import type { Migrated } from './event.ts'
import { timerState } from './forward.ts'
import { type Move, patchSaga } from './move.ts'
import type { MigrationPlan } from './plan-migration.ts'
import type { Saga } from './saga.ts'
import { isTaken, take } from './taken.ts'

const keyOf = ({ requestId }: Migrated) => `migration ${requestId}`

/** The saga has taken this very request before. */
export function isMigrated(saga: Pick<Saga, 'taken'>, event: Migrated): boolean {
  return saga.taken.includes(keyOf(event))
}

/** The event with what was planned for the saga. */
export function plannedMigration(
  event: Migrated,
  { state, timers, deadlineAt }: Extract<MigrationPlan, { type: 'ok' }>,
): Migrated {
  const set = timers.length > 0 ? { timers } : {}
  return { ...event, ...state, ...set, ...(deadlineAt !== null && { deadlineAt }) }
}

/** `move` has the definition that the saga goes to; whether it may was decided before. */
export function applyMigrated(move: Move, event: Migrated): SagalineError | null {
  const key = keyOf(event)
  if (isTaken(move, key)) return null
  take(move, key)
  const { from, to, value, context, actor, reason, timers = [], deadlineAt } = event
  const set = timers.map((timer) => timerState(timer, move.now))
  patchSaga(move, { version: to, value, context, timers: [...move.saga.timers, ...set] })
  if (deadlineAt !== undefined) patchSaga(move, { deadlineAt })
  move.facts.push({ type: 'saga.migrated', detail: { from, to, actor, reason } })
  return null
}
