// `GET /dead-letters` and `GET /dead-letters/{letter}`: records that nobody could handle.
import { type Static, Type } from 'typebox'
import type { LetterFilter } from '../../../messaging/dead-letter-store.ts'
import { viewLetter, viewSummary } from '../../../messaging/dead-letter-view.ts'
import { decodeLetterCursor, encodeLetterCursor, letterIdOf } from '../letter-cursor.ts'
import {
  DeadLetterSchema,
  DeadLetterSummarySchema,
  LetterState,
  letterById,
} from '../schemas/dead-letter-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, queryText } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const limitMax = 200
const limitDefault = 50
/** A hundred years. */
const ageMaxS = 3_153_600_000

const age = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 0, maximum: ageMaxS, description }))

export const letterCriteria = {
  topic: Type.Optional(queryText('Only those of this topic.')),
  code: Type.Optional(queryText('Only those with this code.')),
  consumer: Type.Optional(queryText('Only those of this consumer group.')),
  olderThanS: age('Only those parked at least so many seconds ago.'),
  newerThanS: age('Only those parked less than so many seconds ago.'),
}

export const letterPage = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault })),
  cursor: Type.Optional(queryText('`nextCursor` of the page before.')),
}

export const letterPageSchema = (description: string) =>
  Type.Object(
    {
      items: Type.Immutable(Type.Array(refTo(DeadLetterSummarySchema))),
      nextCursor: Type.Unsafe<string | null>({
        type: ['string', 'null'],
        description: 'Null on the last page.',
      }),
    },
    { description },
  )

const ListQuery = Type.Object(
  { ...letterCriteria, state: Type.Optional(LetterState), ...letterPage },
  { additionalProperties: false },
)

const listSchema = {
  operationId: 'list-dead-letters',
  summary: 'Records that could not be handled, oldest first',
  tags: ['letters'],
  querystring: ListQuery,
  response: { 200: letterPageSchema('One page.'), ...problems('CURSOR_INVALID') },
} as const

const showSchema = {
  operationId: 'show-dead-letter',
  summary: 'One dead letter: its bytes, its headers, and who did what with it',
  tags: ['letters'],
  params: letterById,
  querystring: noQuery,
  response: { 200: refTo(DeadLetterSchema), ...problems('LETTER_NOT_FOUND') },
} as const

export const addDeadLetters: AddRoute = (app, { edge }) => {
  app.get('/dead-letters', { schema: listSchema }, async ({ query }) => {
    const { limit = limitDefault, cursor } = query
    const place = cursor === undefined ? { after: 0n, upTo: null } : decodeLetterCursor(cursor)
    // One more than asked for tells whether there is a next page.
    const found = await edge.letters.list({ filter: filterOf(query), place, limit: limit + 1 })
    const items = found.slice(0, limit)
    const last = found.length > limit ? items.at(-1) : undefined
    const next = last === undefined ? null : { after: last.id, upTo: null }
    return { items: items.map(viewSummary), nextCursor: next && encodeLetterCursor(next) }
  })
  app.get('/dead-letters/:letter', { schema: showSchema }, async ({ params }) =>
    viewLetter(await edge.letters.find(letterIdOf(params.letter))),
  )
}

type Asked = Omit<Static<typeof ListQuery>, 'limit' | 'cursor'> & {
  readonly ids?: readonly string[]
}

export function filterOf(query: Asked): LetterFilter {
  return {
    topic: query.topic ?? null,
    code: query.code ?? null,
    consumer: query.consumer ?? null,
    state: query.state ?? null,
    olderThanS: query.olderThanS ?? null,
    newerThanS: query.newerThanS ?? null,
    ids: query.ids?.map(letterIdOf) ?? null,
  }
}
