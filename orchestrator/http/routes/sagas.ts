// `GET /sagas`: the list, newest first, by pages.
import { type Static, Type } from 'typebox'
import type { SagaId } from '../../../messaging/message.ts'
import { orchestratorError } from '../../errors.ts'
import type { SagaFilter } from '../../store/saga-view.ts'
import { visibleSagas } from '../access/principal.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { asSagaId } from '../saga-id.ts'
import { problems } from '../schemas/problem-schema.ts'
import { queryText } from '../schemas/request-schemas.ts'
import { SagaSummarySchema, Status } from '../schemas/saga-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const limitMax = 200
const limitDefault = 50

/** Attributes that one search may name. */
const attributesMax = 10

/** Keys are as long as a start allows. */
const keyText = { minLength: 1, maxLength: 500, pattern: '^[^\\u0000]*$' } as const

const ListQuery = Type.Object(
  {
    name: Type.Optional(queryText('Only sagas of this name.')),
    status: Type.Optional(Status),
    businessKey: Type.Optional(
      Type.String({ ...keyText, description: 'Only sagas with this key of the business.' }),
    ),
    correlationId: Type.Optional(
      Type.String({ ...keyText, description: 'Only sagas with this correlation id.' }),
    ),
    parentId: Type.Optional(queryText('Only the child sagas of this one.')),
    attribute: Type.Optional(
      Type.Array(
        Type.String({ minLength: 2, maxLength: 600, pattern: '^[^:\\u0000]+:[^\\u0000]*$' }),
        {
          maxItems: attributesMax,
          description: 'Only sagas with this attribute: `name:value`. All of several must fit.',
        },
      ),
    ),
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
    const filter = { ...filterOf(request.query), names: visibleSagas(request.principal) }
    // One more than asked for tells whether there is a next page.
    const found = await edge.list({ ...filter, limit: filter.limit + 1 })
    const items = found.slice(0, filter.limit)
    const last = found.length > filter.limit ? items.at(-1) : undefined
    return { items, nextCursor: last === undefined ? null : encodeCursor(last.id) }
  })
}

function filterOf(query: Static<typeof ListQuery>): Omit<SagaFilter, 'names'> {
  return {
    name: query.name ?? null,
    status: query.status ?? null,
    businessKey: query.businessKey ?? null,
    correlationId: query.correlationId ?? null,
    parentId: query.parentId === undefined ? null : parentIdOf(query.parentId),
    attributes: query.attribute === undefined ? null : attributesOf(query.attribute),
    before: query.cursor === undefined ? null : decodeCursor(query.cursor),
    limit: query.limit ?? limitDefault,
  }
}

/** @throws REQUEST_INVALID: unlike a path, a search by what cannot be an id is a mistake. */
function parentIdOf(text: string): SagaId {
  const id = asSagaId(text)
  if (id !== null) return id
  throw orchestratorError('REQUEST_INVALID', { problem: 'query: /parentId is no id of a saga' })
}

function attributesOf(given: readonly string[]): Readonly<Record<string, string>> {
  const attributes = new Map<string, string>()
  for (const text of given) {
    const end = text.indexOf(':')
    const [name, value] = [text.slice(0, end), text.slice(end + 1)]
    if ((attributes.get(name) ?? value) !== value) {
      const problem = `query: /attribute names ${name} with two values`
      throw orchestratorError('REQUEST_INVALID', { problem })
    }
    attributes.set(name, value)
  }
  return Object.fromEntries(attributes)
}
