// `POST /bulk-jobs`: a verb for all sagas that a filter finds, or only a look at what it would do.
import { type Static, Type } from 'typebox'
import { orchestratorError } from '../../errors.ts'
import type { BulkJob, BulkRequest } from '../../store/bulk-jobs.ts'
import { steerableSagas } from '../access/principal.ts'
import { filterOf, idOf } from '../saga-filter.ts'
import {
  BulkBody,
  BulkJobSchema,
  BulkPreviewSchema,
  perSecondDefault,
} from '../schemas/bulk-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'
import { idempotencyKey, noQuery } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const location = { type: 'string', description: 'The path of the job.' }

const schema = {
  operationId: 'create-bulk-job',
  summary: 'Tell a verb to all sagas that a filter finds, or look at what it would do',
  description:
    'The sagas are those of your roles that the read model finds at this moment. Each is told as ' +
    'by its own path, so that one which moved on meanwhile refuses by its rules.',
  tags: ['bulk'],
  querystring: noQuery,
  headers: Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({ ...idempotencyKey, description: 'The same key gives the same job.' }),
    ),
  }),
  body: BulkBody,
  response: {
    200: refTo(BulkPreviewSchema),
    202: Type.Unsafe<JobView>({
      ...refTo(BulkJobSchema),
      description: 'The job is made, and will be worked on.',
      headers: { Location: location },
    }),
    ...problems('BULK_TOO_LARGE', 'BULK_JOBS_FULL', 'BULK_KEY_REUSED', 'BODY_TOO_LARGE'),
  },
} as const

type JobView = Static<typeof BulkJobSchema>

export const addBulkJobs: AddRoute = (app, { edge }) => {
  app.post('/bulk-jobs', { schema }, async (request, reply) => {
    const { body, principal, headers } = request
    const asked = requestOf(body)
    const { ids, ...fields } = body.filter
    const chosen = ids?.map((id) => idOf('filter/ids', id)) ?? null
    const filter = filterOf(fields, steerableSagas(principal), chosen)
    if (body.dryRun ?? true) {
      const { total, sample } = await edge.bulk.preview(asked, filter)
      return { total, sample: sample.map(showProspect) }
    }
    const who = principal?.name ?? null
    const key = headers['idempotency-key']
    const named = key === undefined ? null : `${who ?? ''}/${key}`
    const { sagasMax = null } = body
    const order = { request: asked, filter, principal: who, key: named, sagasMax }
    const job = await edge.bulk.create(order)
    return reply.code(202).header('location', `/bulk-jobs/${job.id}`).send(showJob(job))
  })
}

type Prospect = Awaited<
  ReturnType<Parameters<AddRoute>[1]['edge']['bulk']['preview']>
>['sample'][number]

function showProspect({ refusal, ...prospect }: Prospect) {
  return { ...prospect, refusal: refusal && { code: refusal.code, detail: refusal.message } }
}

/** @throws REQUEST_INVALID. */
function requestOf(body: Static<typeof BulkBody>): BulkRequest {
  const { verb, step, effect, filter, actor, reason, perSecond = perSecondDefault } = body
  const isSkip = verb === 'skip'
  const hasBoth = step !== undefined && effect !== undefined
  const hasNone = step === undefined && effect === undefined
  if (isSkip ? !hasBoth : !hasNone) {
    const problem = 'body: a skip takes step and effect, and no other verb does'
    throw orchestratorError('REQUEST_INVALID', { problem })
  }
  return { verb, ...(hasBoth && { step, effect }), filter, actor, reason, perSecond }
}

/** Lists and answers show no more of a job than this. */
export function showJob(job: BulkJob): JobView {
  const { id, request, status, total, createdAt, endedAt } = job
  const { verb, step = null, effect = null, filter, actor, reason, perSecond } = request
  const asked = { verb, step, effect, filter, actor, reason, perSecond }
  return { id, ...asked, status, total, createdAt, endedAt }
}
