// `GET /locks`: who holds which semantic lock and who waits for it, by pages.
import { Type } from 'typebox'
import { decodeLockCursor, encodeLockCursor } from '../lock-cursor.ts'
import { LockSchema } from '../schemas/lock-schema.ts'
import { problems } from '../schemas/problem-schema.ts'
import { queryText } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const limitMax = 200
const limitDefault = 50
/** A key of 200 characters in UTF-8 and base64, with its position. */
const cursorLengthMax = 1_200

const schema = {
  operationId: 'list-locks',
  summary: 'Semantic locks: their holders, and who waits for them, in order',
  tags: ['sagas'],
  querystring: Type.Object(
    {
      key: Type.Optional(queryText('Only the queue of this key.')),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault })),
      cursor: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: cursorLengthMax,
          description: '`nextCursor` of the page before.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  response: {
    200: Type.Object(
      {
        items: Type.Immutable(Type.Array(refTo(LockSchema))),
        nextCursor: Type.Unsafe<string | null>({
          type: ['string', 'null'],
          description: 'Null on the last page.',
        }),
      },
      { description: 'One page, by key; each queue in its order.' },
    ),
    ...problems('CURSOR_INVALID'),
  },
} as const

export const addLocks: AddRoute = (app, { edge }) => {
  app.get('/locks', { schema }, async ({ query }) => {
    const { key = null, limit = limitDefault, cursor } = query
    const after = cursor === undefined ? null : decodeLockCursor(cursor)
    // One more than asked for tells whether there is a next page.
    const found = await edge.locks({ key, after, limit: limit + 1 })
    const items = found.slice(0, limit)
    const last = found.length > limit ? items.at(-1) : undefined
    return { items, nextCursor: last === undefined ? null : encodeLockCursor(last) }
  })
}
