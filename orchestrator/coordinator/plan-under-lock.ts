// A migration is decided where its saga's row is locked: since somebody looked at it, the saga may
// have moved. Called by the fold, which has no I/O.
import type { SagalineError } from '../../messaging/errors.ts'
import type { Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { Migrated } from '../engine/event.ts'
import { isMigrated, plannedMigration } from '../engine/migrate.ts'
import type { Saga } from '../engine/saga.ts'
import { orchestratorError } from '../errors.ts'
import { planWithoutData } from './plan-without-data.ts'

export type ToPlan = {
  /** The one that the saga has. */
  readonly definition: SagaDefinition
  readonly saga: Saga
  /** When its start was taken. */
  readonly startedAt: number
  /** Its value and context are not looked at. */
  readonly event: Migrated
}

export type Planned = {
  /** The one that the event must be applied with. */
  readonly definition: SagaDefinition
  /** With the state that the saga goes to. */
  readonly event: Migrated
}

/** Refuses with MIGRATION_IMPOSSIBLE, MIGRATION_NEEDS_MAP or DEFINITION_UNKNOWN. */
export function planUnderLock(
  registry: Registry,
  { definition, saga, startedAt, event }: ToPlan,
): Planned | { readonly problem: SagalineError } {
  if (isMigrated(saga, event)) return { definition, event }
  const { id, name } = saga
  const { from, to } = event
  if (saga.version !== from) {
    const problem = `it has version ${saga.version}`
    return { problem: orchestratorError('MIGRATION_IMPOSSIBLE', { id, to, problem }) }
  }
  const target = registry.version(name, to)
  if (target === null) {
    return { problem: orchestratorError('DEFINITION_UNKNOWN', { name, version: to }) }
  }
  const plan = planWithoutData({ from: definition, to: target, saga, startedAt })
  if (plan.type === 'ok') return { definition: target, event: plannedMigration(event, plan) }
  const code = plan.type === 'needs-map' ? 'MIGRATION_NEEDS_MAP' : 'MIGRATION_IMPOSSIBLE'
  return { problem: orchestratorError(code, { id, to, problem: plan.reason }) }
}
