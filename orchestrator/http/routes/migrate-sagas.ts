// `POST /definitions/{saga}/migrations`: living sagas go on with another version, or only a look at
// which of them could.
import { type Static, Type } from 'typebox'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { MigrationSchema } from '../schemas/migration-schema.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, queryText, sagaByName } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

/** Sagas of one page; each of them is locked, planned and written. */
const limitMax = 200
const limitDefault = 50

const Body = Type.Object(
  {
    from: Type.Integer({ minimum: 1, description: 'The version that the sagas have.' }),
    to: Type.Integer({ minimum: 1, description: 'The version that they go on with.' }),
    actor: Type.String({ minLength: 1, maxLength: 200, description: 'Who does it.' }),
    reason: Type.String({ minLength: 1, maxLength: 1_000 }),
    dryRun: Type.Optional(
      Type.Boolean({ default: true, description: 'Only tells what would be, unless false.' }),
    ),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax, default: limitDefault })),
    cursor: Type.Optional(queryText('`nextCursor` of the page before.')),
  },
  { additionalProperties: false, description: 'Actor and reason are kept in each history.' },
)

const schema = {
  operationId: 'migrate-sagas',
  summary: 'Let living sagas go on with another version, a page at a time',
  tags: ['definitions'],
  params: sagaByName,
  querystring: noQuery,
  body: Body,
  response: {
    200: refTo(MigrationSchema),
    ...problems(
      'SAGA_NAME_UNKNOWN',
      'DEFINITION_UNKNOWN',
      'DEFINITION_NOT_READY',
      'CURSOR_INVALID',
      'BODY_TOO_LARGE',
    ),
  },
} as const

export const addMigrateSagas: AddRoute = (app, { edge }) => {
  app.post('/definitions/:saga/migrations', { schema }, async ({ params, body }) => {
    const { items, next } = await edge.migrate(requestOf(params.saga, body))
    return { items, nextCursor: next === null ? null : encodeCursor(next) }
  })
}

function requestOf(name: string, body: Static<typeof Body>) {
  const { from, to, actor, reason } = body
  return {
    ...{ name, from, to, actor, reason },
    isDryRun: body.dryRun ?? true,
    limit: body.limit ?? limitDefault,
    after: body.cursor === undefined ? null : decodeCursor(body.cursor),
  }
}
