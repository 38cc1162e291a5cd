// `GET /sagas/{saga}/logs`: what all services logged about a saga.
import { Type } from 'typebox'
import { orchestratorError } from '../../errors.ts'
import { linesOfSagaMax } from '../../store/saga-logs.ts'
import { before, logLineId, readLogLineId } from '../log-cursor.ts'
import { timeOf } from '../saga-filter.ts'
import { sagaIdOf } from '../saga-id.ts'
import { LogLineSchema } from '../schemas/log-schema.ts'
import { problems } from '../schemas/problem-schema.ts'
import { queryText, sagaById } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const limitDefault = 200
const epoch = new Date(0)

const schema = {
  operationId: 'list-saga-logs',
  summary: 'What all services logged about a saga, oldest first',
  description:
    `Where orchestrators collect log lines (docs/logs.md): the first ${linesOfSagaMax} of each saga, ` +
    'for a week. They come a second or so after they were written, not always in order.',
  tags: ['messages'],
  params: sagaById,
  querystring: Type.Object(
    {
      since: Type.Optional(queryText('Only lines from this time on (RFC 3339).')),
      limit: Type.Optional(
        Type.Integer({ minimum: 1, maximum: linesOfSagaMax, default: limitDefault }),
      ),
      cursor: Type.Optional(queryText('`nextCursor` of the page before.')),
    },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object(
      {
        isCollected: Type.Boolean({ description: 'False: nobody keeps log lines here.' }),
        items: Type.Immutable(Type.Array(refTo(LogLineSchema))),
        nextCursor: Type.Unsafe<string | null>({
          type: ['string', 'null'],
          description: 'Null on the last page.',
        }),
      },
      { description: 'One page.' },
    ),
    ...problems('SAGA_NOT_FOUND', 'CURSOR_INVALID'),
  },
} as const

export const addSagaLogs: AddRoute = (app, { edge }) => {
  app.get('/sagas/:saga/logs', { schema }, async ({ params, query }) => {
    const id = sagaIdOf(params.saga)
    const { since, limit = limitDefault, cursor } = query
    const after =
      cursor === undefined ? before(timeOf('since', since) ?? epoch) : readLogLineId(cursor)
    if ((await edge.nameOf(id)) === null) throw orchestratorError('SAGA_NOT_FOUND', { id })
    // One more than asked for tells whether there is a next page.
    const found = await edge.logs({ id, after, limit: limit + 1 })
    const items = (found ?? []).slice(0, limit)
    const last = (found ?? []).length > limit ? items.at(-1) : undefined
    return {
      isCollected: found !== null,
      items: items.map(({ keptUs, digest, ...line }) => ({
        ...{ id: logLineId({ at: line.at, keptUs, digest }), ...line },
      })),
      nextCursor: last === undefined ? null : logLineId(last),
    }
  })
}
