// The timers that a living saga lacks in a state of another version, because it never entered that
// state as the new version has it. Called by the plan of a migration.
import type { MigratingState } from '../definition/saga-definition.ts'
import { timersOf, timersToSet } from './chart-rest.ts'
import { isForward, placeOf } from './migrating-state.ts'
import type { MigrationQuestion } from './plan-migration.ts'
import type { ChartTimer } from './statechart.ts'

/**
 * What its state before did not have; one that it had and lacks has fired already. Throws where a
 * delay throws.
 */
export function newTimers(
  { from, to, saga }: MigrationQuestion,
  state: MigratingState,
): readonly ChartTimer[] {
  if (state.value === null || !isForward(saga)) return []
  const nodes = placeOf(to, state)?.nodes ?? []
  const had = new Set(timersOf(from.machine, placeOf(from, saga)?.nodes ?? []))
  const isSet = (id: string) => saga.timers.some((timer) => timer.id === id)
  const isWanted = (id: string) => !had.has(id) && !isSet(id)
  return timersToSet(to.machine, nodes, { context: state.context, isWanted })
}
