// What REST asks of bulk jobs: a look at what one would do, making it, and how far it has come.
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { PossibleVerb } from '../engine/possible-verbs.ts'
import { orchestratorError } from '../errors.ts'
import { countBulkItems } from '../store/bulk-items.ts'
import {
  type BulkJob,
  type BulkRequest,
  countUnendedBulkJobs,
  findBulkJob,
  findBulkJobByKey,
  insertBulkJob,
} from '../store/bulk-jobs.ts'
import { type SearchFilter, searchIds } from '../store/search-sagas.ts'

/** Sagas of one job. */
export const bulkSagasMax = 50_000
/** Sagas that a dry run looks at one by one. */
export const bulkSampleMax = 50
/** Jobs that have not ended. */
const jobsMax = 100

export type BulkGiven = {
  readonly db: Db
  readonly clock: Clock
  readonly possibleVerbs: (id: SagaId) => Promise<readonly PossibleVerb[] | null>
}

export type BulkProspect = {
  readonly sagaId: SagaId
  readonly sagaName: string
  /** `unknown`: its definition is not here, or it cannot be read. */
  readonly outcome: PossibleVerb['outcome'] | 'unknown'
  readonly refusal: PossibleVerb['refusal']
  readonly commands: readonly string[] | null
}

export type BulkPreview = {
  /** Sagas that fit, as far as the read model has come; at most one more than a job may have. */
  readonly total: number
  readonly sample: readonly BulkProspect[]
}

export type BulkProgress = BulkJob & {
  /** Items by outcome; `open` are still to come. */
  readonly counts: Readonly<Record<string, number>>
}

type Asked = Pick<BulkRequest, 'verb' | 'step' | 'effect'>

/** Changes nothing. */
export async function previewBulk(
  { db, possibleVerbs }: BulkGiven,
  asked: Asked,
  filter: SearchFilter,
): Promise<BulkPreview> {
  const found = await searchIds(db, filter, bulkSagasMax + 1)
  const sample: BulkProspect[] = []
  // One after the other: a look must not take the connections of those who work.
  for (const { id, name } of found.slice(0, bulkSampleMax)) {
    const verbs = await possibleVerbs(id).catch((error: unknown) => {
      if (error instanceof SagalineError && !error.retryable) return null
      throw error
    })
    sample.push(prospectOf(asked, { sagaId: id, sagaName: name }, verbs))
  }
  return { total: found.length, sample }
}

function prospectOf(
  { verb, step, effect }: Asked,
  saga: Pick<BulkProspect, 'sagaId' | 'sagaName'>,
  verbs: readonly PossibleVerb[] | null,
): BulkProspect {
  if (verbs === null) return { ...saga, outcome: 'unknown', refusal: null, commands: null }
  const of = verbs.filter((one) => one.verb === verb)
  const one =
    of.find(
      (possible) => possible.step === (step ?? null) && possible.effect === (effect ?? null),
    ) ??
    // Of a saga where nothing is parked.
    of.find((possible) => possible.step === '')
  if (one !== undefined) {
    return { ...saga, outcome: one.outcome, refusal: one.refusal, commands: one.commands }
  }
  // Skips are listed for what is parked only.
  const refusal = orchestratorError('STEP_NOT_PARKED', { id: saga.sagaId, step: step ?? '' })
  return { ...saga, outcome: 'refused', refusal, commands: null }
}

export type BulkOrder = {
  readonly request: BulkRequest
  readonly filter: SearchFilter
  readonly principal: string | null
  readonly key: string | null
  /** Made only if no more fit than these; null: as many as a job may have. */
  readonly sagasMax: number | null
}

/** @throws BULK_TOO_LARGE, BULK_JOBS_FULL, BULK_KEY_REUSED. */
export async function createBulk({ db, clock }: BulkGiven, order: BulkOrder): Promise<BulkJob> {
  const { request, filter, principal, key } = order
  const limit = Math.min(order.sagasMax ?? bulkSagasMax, bulkSagasMax)
  const known = key === null ? null : await findBulkJobByKey(db, key)
  if (known !== null) return sameJob(known, request)
  const sagas = await searchIds(db, filter, limit + 1)
  if (sagas.length > limit) throw orchestratorError('BULK_TOO_LARGE', { limit })
  if ((await countUnendedBulkJobs(db)) >= jobsMax) {
    throw orchestratorError('BULK_JOBS_FULL', { limit: jobsMax })
  }
  const job = await insertBulkJob(db, { id: clock.newId(), key, request, principal, sagas })
  return sameJob(job, request)
}

/** A repeat has the job that was made, whatever fits by now. */
function sameJob(job: BulkJob, request: BulkRequest): BulkJob {
  if (isDeepStrictEqual(job.request, request)) return job
  throw orchestratorError('BULK_KEY_REUSED', { job: job.id })
}

/** Null when there is no such job. */
export async function findBulk({ db }: BulkGiven, id: string): Promise<BulkProgress | null> {
  const job = await findBulkJob(db, id)
  return job && { ...job, counts: await countBulkItems(db, id) }
}
