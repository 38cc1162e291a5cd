// How far bulk jobs have come, what became of each saga, and their cancel.
import { Type } from 'typebox'
import { orchestratorError } from '../../errors.ts'
import { mayDo, type Principal, visibleSagas } from '../access/principal.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import type { Edge } from '../edge.ts'
import { asSagaId } from '../saga-id.ts'
import { BulkItemSchema, BulkJobSchema, BulkProgressSchema } from '../schemas/bulk-schemas.ts'
import { nextCursor } from '../schemas/list-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, personName, queryText } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import { showJob } from './bulk-jobs.ts'
import type { AddRoute } from './route.ts'

const limitMax = 200
const limitDefault = 50

const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault }))
const cursor = Type.Optional(queryText('`nextCursor` of the page before.'))
const jobById = Type.Object(
  { job: Type.String({ minLength: 1, maxLength: 200, description: 'The id of a bulk job.' }) },
  { additionalProperties: false },
)
const page = (item: typeof BulkItemSchema | typeof BulkJobSchema) =>
  Type.Object(
    { items: Type.Immutable(Type.Array(refTo(item))), nextCursor },
    { description: 'One page.' },
  )

const list = {
  operationId: 'list-bulk-jobs',
  summary: 'Bulk jobs, newest first',
  tags: ['bulk'],
  querystring: Type.Object({ limit, cursor }, { additionalProperties: false }),
  response: { 200: page(BulkJobSchema), ...problems('CURSOR_INVALID') },
} as const

const one = {
  operationId: 'get-bulk-job',
  summary: 'A bulk job, and how far it has come',
  tags: ['bulk'],
  params: jobById,
  querystring: noQuery,
  response: { 200: refTo(BulkProgressSchema), ...problems('BULK_JOB_UNKNOWN') },
} as const

const items = {
  operationId: 'list-bulk-items',
  summary: 'What became of each saga of a bulk job, in the order of work',
  tags: ['bulk'],
  params: jobById,
  querystring: Type.Object(
    {
      outcome: Type.Optional(
        queryText('Only those: `done`, `left`, a code, or `failed` for all codes.'),
      ),
      limit,
      cursor,
    },
    { additionalProperties: false },
  ),
  response: { 200: page(BulkItemSchema), ...problems('BULK_JOB_UNKNOWN', 'CURSOR_INVALID') },
} as const

const cancel = {
  operationId: 'cancel-bulk-job',
  summary: 'Stop a bulk job: what it did stays, what is left is left',
  tags: ['bulk'],
  params: jobById,
  querystring: noQuery,
  body: Type.Object(
    {
      actor: personName('Who does it.'),
      reason: Type.String({ minLength: 1, maxLength: 1_000, description: 'Why.' }),
    },
    { additionalProperties: false, description: 'Kept in the audit.' },
  ),
  response: {
    202: refTo(BulkProgressSchema),
    ...problems('BULK_JOB_UNKNOWN', 'BODY_TOO_LARGE'),
  },
} as const

export const addBulkProgress: AddRoute = (app, { edge }) => {
  app.get('/bulk-jobs', { schema: list }, async ({ query, principal }) => {
    const { limit = limitDefault, cursor } = query
    const before = cursor === undefined ? null : decodeCursor(cursor)
    const names = visibleSagas(principal)
    const found = await edge.bulk.list({ names, before, limit: limit + 1 })
    const shown = found.slice(0, limit)
    const last = found.length > limit ? shown.at(-1) : undefined
    const next = last === undefined ? null : (asSagaId(last.id) as never)
    return { items: shown.map(showJob), nextCursor: next === null ? null : encodeCursor(next) }
  })
  app.get('/bulk-jobs/:job', { schema: one }, async ({ params, principal }) =>
    show(await visibleJob(edge, params.job, principal)),
  )
  app.get('/bulk-jobs/:job/items', { schema: items }, async ({ params, query, principal }) => {
    const { limit = limitDefault, cursor, outcome = null } = query
    const { id } = await visibleJob(edge, params.job, principal)
    const after = cursor === undefined ? 0 : positionOf(cursor)
    const found = await edge.bulk.items({ jobId: id, after, outcome, limit: limit + 1 })
    const shown = found.slice(0, limit)
    const last = found.length > limit ? shown.at(-1) : undefined
    return { items: shown, nextCursor: last === undefined ? null : String(last.position) }
  })
  app.post('/bulk-jobs/:job/cancel', { schema: cancel }, async ({ params, principal }, reply) => {
    const { id, sagaNames } = await visibleJob(edge, params.job, principal)
    const closed = sagaNames.find((saga) => principal && !mayDo(principal, 'operator', saga))
    if (closed !== undefined) {
      throw orchestratorError('FORBIDDEN', { role: 'operator', saga: closed })
    }
    await edge.bulk.cancel(id)
    return reply.code(202).send(show(await visibleJob(edge, id, principal)))
  })
}

/**
 * Jobs about sagas that one may not see are not there. Those about none, of which nothing says whose
 * they are, are for who may see all. @throws BULK_JOB_UNKNOWN.
 */
async function visibleJob(edge: Edge, text: string, principal: Principal | null) {
  const id = asSagaId(text)
  const job = id === null ? null : await edge.bulk.find(id)
  const visible = visibleSagas(principal)
  const names = job?.sagaNames ?? []
  const isSeen =
    visible === null || (names.length > 0 && names.every((name) => visible.includes(name)))
  if (job === null || !isSeen) throw orchestratorError('BULK_JOB_UNKNOWN', { job: text })
  return job
}

function show(job: Awaited<ReturnType<typeof visibleJob>>) {
  return { ...showJob(job), counts: job.counts }
}

/** @throws CURSOR_INVALID. */
function positionOf(cursor: string): number {
  if (!/^\d{1,9}$/.test(cursor)) throw orchestratorError('CURSOR_INVALID')
  return Number(cursor)
}
