// `GET /sagas`: the list, newest first, by pages.
import { type Static, Type } from 'typebox'
import type { SagaFilter } from '../../store/saga-view.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { problems } from '../schemas/problem-schema.ts'
import { queryText } from '../schemas/request-schemas.ts'
import { SagaSummarySchema, Status } from '../schemas/saga-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const limitMax = 200
const limitDefault = 50

const ListQuery = Type.Object(
  {
    name: Type.Optional(queryText('Only sagas of this name.')),
    status: Type.Optional(Status),
    businessKey: Type.Optional(queryText('Only sagas with this key of the business.')),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault })),
    cursor: Type.Optional(queryText('`nextCursor` of the page before.')),
  },
  { additionalProperties: false },
)

const schema = {
  operationId: 'list-sagas',
  summary: 'Sagas, newest first',
  tags: ['sagas'],
  querystring: ListQuery,
  response: {
    200: Type.Object(
      {
        items: Type.Immutable(Type.Array(refTo(SagaSummarySchema))),
        nextCursor: Type.Unsafe<string | null>({
          type: ['string', 'null'],
          description: 'Null on the last page.',
        }),
      },
      { description: 'One page.' },
    ),
    ...problems('CURSOR_INVALID'),
  },
} as const

export const addSagas: AddRoute = (app, { edge }) => {
  app.get('/sagas', { schema }, async (request) => {
    const filter = filterOf(request.query)
    // One more than asked for tells whether there is a next page.
    const found = await edge.list({ ...filter, limit: filter.limit + 1 })
    const items = found.slice(0, filter.limit)
    const last = found.length > filter.limit ? items.at(-1) : undefined
    return { items, nextCursor: last === undefined ? null : encodeCursor(last.id) }
  })
}

function filterOf(query: Static<typeof ListQuery>): SagaFilter {
  return {
    name: query.name ?? null,
    status: query.status ?? null,
    businessKey: query.businessKey ?? null,
    before: query.cursor === undefined ? null : decodeCursor(query.cursor),
    limit: query.limit ?? limitDefault,
  }
}
