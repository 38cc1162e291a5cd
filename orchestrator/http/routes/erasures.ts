// `POST /erasures`: a person's data is erased by destroying their key. Who it is stands in the body,
// and is neither logged nor put into the audit.
import { Type } from 'typebox'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, personName } from '../schemas/request-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'erase-subject',
  summary: "Erase a person's data for good, by destroying the key that it is encrypted with",
  description:
    'Sensitive fields of all sagas of that person can be read no more: in rows, history, lifecycle ' +
    'events and archives. Everything else of their history stays.',
  tags: ['sagas'],
  querystring: noQuery,
  body: Type.Object(
    {
      subject: Type.String({
        minLength: 1,
        maxLength: 500,
        description: 'Who it is, as `subject` of the definitions gives it.',
      }),
      actor: personName('Who does it.'),
      reason: Type.String({ minLength: 1, maxLength: 1_000, description: 'Put into the audit.' }),
      force: Type.Optional(
        Type.Boolean({
          default: false,
          description: 'Terminates sagas of that person that live; nothing of them is undone.',
        }),
      ),
    },
    { additionalProperties: false, description: 'Who, by whom and why.' },
  ),
  response: {
    200: Type.Object(
      {
        sagas: Type.Integer({ description: 'Whose data nobody can read any more.' }),
        terminated: Type.Immutable(Type.Array(Type.String(), { description: 'With `force`.' })),
      },
      { description: 'It cannot be taken back.' },
    ),
    ...problems('ERASURE_WITHOUT_KEYS', 'SUBJECT_UNKNOWN', 'SUBJECT_IN_USE', 'BODY_TOO_LARGE'),
  },
} as const

export const addErasures: AddRoute = (app, { edge }) => {
  app.post('/erasures', { schema }, async ({ body }) => {
    const { subject, actor, reason, force: isForced = false } = body
    return edge.erase({ subject, actor, reason, isForced })
  })
}
