// `GET /sagas`: the list, newest first, by pages.
import { Type } from 'typebox'
import type { SearchFilter } from '../../store/search-sagas.ts'
import { visibleSagas } from '../access/principal.ts'
import { decodeCursor, decodePlace, encodeCursor, encodePlace } from '../cursor.ts'
import type { Edge } from '../edge.ts'
import { filterOf, isKeyed } from '../saga-filter.ts'
import { FoundSagaSchema, filterFields, LagMs, nextCursor } from '../schemas/list-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'
import { queryText } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const limitMax = 200
const limitDefault = 50

const schema = {
  operationId: 'list-sagas',
  summary: 'Sagas, newest first',
  description:
    'By a business key, correlation id or parent it shows them as they are. Everything else comes ' +
    'from a read model, which follows behind: see `lagMs`.',
  tags: ['sagas'],
  querystring: Type.Object(
    {
      ...filterFields,
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault })),
      cursor: Type.Optional(queryText('`nextCursor` of the page before.')),
    },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object(
      { items: Type.Immutable(Type.Array(refTo(FoundSagaSchema))), nextCursor, lagMs: LagMs },
      { description: 'One page.' },
    ),
    ...problems('CURSOR_INVALID'),
  },
} as const

type Page = { readonly limit: number; readonly cursor: string | null }

export const addSagas: AddRoute = (app, { edge }) => {
  app.get('/sagas', { schema }, async ({ query, principal }) => {
    const { limit = limitDefault, cursor = null, ...asked } = query
    const filter = filterOf(asked, visibleSagas(principal))
    const page = { limit, cursor }
    return isKeyed(filter) ? listByKey(edge, filter, page) : search(edge, filter, page)
  })
}

/** One more than asked for tells whether there is a next page. */
async function listByKey(edge: Edge, filter: SearchFilter, { limit, cursor }: Page) {
  const before = cursor === null ? null : decodeCursor(cursor)
  const found = await edge.list({ ...filter, before, limit: limit + 1 })
  return { ...cut(found, limit, ({ id }) => encodeCursor(id)), lagMs: 0 }
}

async function search(edge: Edge, filter: SearchFilter, { limit, cursor }: Page) {
  const before = cursor === null ? null : decodePlace(cursor)
  // Asked for before the search: what is said of it must hold for what is found.
  const lagMs = await edge.searchLag()
  const found = await edge.search(filter, { before, limit: limit + 1 })
  return { ...cut(found, limit, encodePlace), lagMs }
}

function cut<T>(found: readonly T[], limit: number, encode: (last: T) => string) {
  const items = found.slice(0, limit)
  const last = found.length > limit ? items.at(-1) : undefined
  return { items, nextCursor: last === undefined ? null : encode(last) }
}
