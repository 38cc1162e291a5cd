// Moves the living sagas of one version to another one, a page at a time, or only tells what would
// become of each. Called by REST through the coordinator.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import { definitionKey, type Registry } from '../definition/registry.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { MigrationPlan } from '../engine/plan-migration.ts'
import type { SagaStatus } from '../engine/saga.ts'
import { orchestratorError } from '../errors.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import { findLivingSagas } from '../store/living-sagas.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import type { AdvanceSagas } from './advance-sagas.ts'
import type { Instances } from './instances.ts'
import { planWithoutData } from './plan-without-data.ts'

export type MigrationRequest = {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly actor: string
  readonly reason: string
  /** Changes nothing. */
  readonly isDryRun: boolean
  readonly limit: number
  /** The last saga of the page before. */
  readonly after: SagaId | null
}

export type MigrationItem = {
  readonly id: SagaId
  readonly status: SagaStatus
  /** XState's state value, before. */
  readonly state: Json
  readonly verdict: MigrationPlan['type']
  readonly reason: string | null
  /** True when it has the new version now. */
  readonly migrated: boolean
}

export type MigrationPage = {
  /** Fewer than asked for, or none, though there are more: `next` decides. */
  readonly items: readonly MigrationItem[]
  readonly next: SagaId | null
}

export type MigrationDependencies = {
  readonly db: Db
  readonly registry: Registry
  readonly rows: RowCipher
  readonly instances: Instances
  readonly sagas: AdvanceSagas
  readonly clock: Clock
  readonly onPoint: OnOrchestratorPoint
}

type Versions = { readonly from: SagaDefinition; readonly to: SagaDefinition }

/**
 * Each saga moves in a transaction that looks at it again under its lock, so a page that breaks
 * off can be asked for once more: what was migrated is no longer found.
 * @throws SAGA_NAME_UNKNOWN, DEFINITION_UNKNOWN, DEFINITION_NOT_READY, REQUEST_INVALID.
 */
export async function migrateSagas(
  given: MigrationDependencies,
  request: MigrationRequest,
): Promise<MigrationPage> {
  const { name, from: version, after, limit } = request
  const versions = versionsOf(given, request)
  const { sagas, next } = await findLivingSagas(given.db, given.rows, {
    name,
    version,
    after,
    limit,
  })
  const items = await Promise.all(
    sagas.map(async (stored) => {
      const planned = planOf(versions, stored)
      const isMoving = planned.verdict === 'ok' && !request.isDryRun
      return isMoving ? moveOne(given, request, planned) : planned
    }),
  )
  if (!request.isDryRun) await given.onPoint('migration.after-commit-before-answer')
  return { items, next }
}

function versionsOf(given: MigrationDependencies, request: MigrationRequest): Versions {
  const { registry, instances } = given
  const { name } = request
  if (registry.newest(name) === null) throw orchestratorError('SAGA_NAME_UNKNOWN', { name })
  if (request.from === request.to) {
    throw orchestratorError('REQUEST_INVALID', { problem: 'body: from and to are the same' })
  }
  const find = (version: number) => {
    const definition = registry.version(name, version)
    if (definition === null) throw orchestratorError('DEFINITION_UNKNOWN', { name, version })
    return definition
  }
  const versions = { from: find(request.from), to: find(request.to) }
  // As with starts: replies must not come to an instance that cannot use them.
  if (!request.isDryRun && !instances.isOnAll(versions.to)) {
    throw orchestratorError('DEFINITION_NOT_READY', { name })
  }
  return versions
}

function planOf({ from, to }: Versions, stored: StoredSaga): MigrationItem {
  const { saga, startedAt, definitionHash, problem } = stored
  const { id, status, value: state } = saga
  const about = { id, status, state, migrated: false }
  if (problem !== null) return { ...about, verdict: 'impossible', reason: problem.message }
  if (definitionHash !== from.hash) {
    const { name, version } = saga
    const pinned = definitionKey({ name, version, hash: definitionHash })
    return { ...about, verdict: 'impossible', reason: `it needs ${pinned}, which is not here` }
  }
  const { type: verdict, reason } = planWithoutData({ from, to, saga, startedAt })
  return { ...about, verdict, reason }
}

async function moveOne(
  { sagas, clock }: MigrationDependencies,
  { from, to, actor, reason }: MigrationRequest,
  item: MigrationItem,
): Promise<MigrationItem> {
  const event = {
    type: 'migrated',
    requestId: clock.newId(),
    ...{ from, to, actor, reason },
    ...{ value: null, context: null },
  } as const
  try {
    const [advanced] = await sagas.advance([{ sagaId: item.id, event, cause: null, isAsked: true }])
    const problem = advanced?.problem ?? null
    return problem === null ? { ...item, migrated: true } : { ...item, ...verdictOf(problem) }
  } catch (error) {
    if (!(error instanceof SagalineError)) throw error
    // Its row is held by somebody, or this instance stops: it may be asked for again.
    return { ...item, reason: error.message }
  }
}

function verdictOf({ code, message }: SagalineError): Pick<MigrationItem, 'verdict' | 'reason'> {
  const verdict = code === 'MIGRATION_NEEDS_MAP' ? 'needs-map' : 'impossible'
  return { verdict, reason: message }
}
