// `GET /sagas/{saga}/messages`: everything that a saga sent and was sent, with what was in it.
import { Type } from 'typebox'
import { orchestratorError } from '../../errors.ts'
import { sagaIdOf } from '../saga-id.ts'
import { SagaMessageSchema } from '../schemas/message-schema.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, sagaById } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'list-saga-messages',
  summary: 'The messages of a saga in the order of its history, with what was in them',
  tags: ['messages'],
  params: sagaById,
  querystring: noQuery,
  response: {
    200: Type.Object(
      { items: Type.Immutable(Type.Array(refTo(SagaMessageSchema))) },
      { description: 'All of them. What is sensitive is masked.' },
    ),
    ...problems('SAGA_NOT_FOUND', 'ARCHIVE_INVALID', 'OVERLOADED'),
  },
} as const

export const addSagaMessages: AddRoute = (app, { edge }) => {
  app.get('/sagas/:saga/messages', { schema }, async (request) => {
    const id = sagaIdOf(request.params.saga)
    const items = await edge.messages(id)
    if (items === null) throw orchestratorError('SAGA_NOT_FOUND', { id })
    return { items }
  })
}
