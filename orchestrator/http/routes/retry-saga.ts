// `POST /sagas/{saga}/retry`: a person tells a stuck saga to try again.
import { Type } from 'typebox'
import { orchestratorError } from '../../errors.ts'
import type { SagaView } from '../../store/saga-view.ts'
import { sagaIdOf } from '../saga-id.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, sagaById } from '../schemas/request-schemas.ts'
import { SagaSchema } from '../schemas/saga-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'retry-saga',
  summary: 'Let a stuck saga try again',
  tags: ['sagas'],
  params: sagaById,
  querystring: noQuery,
  body: Type.Object(
    {
      actor: Type.String({ minLength: 1, maxLength: 200, description: 'Who does it.' }),
      reason: Type.String({ minLength: 1, maxLength: 1_000 }),
    },
    { additionalProperties: false, description: 'Kept in the history.' },
  ),
  response: {
    202: Type.Unsafe<SagaView>({ ...refTo(SagaSchema), description: 'It tries again.' }),
    ...problems('SAGA_NOT_FOUND', 'SAGA_NOT_STUCK', 'BODY_TOO_LARGE'),
  },
} as const

export const addRetrySaga: AddRoute = (app, { edge }) => {
  app.post('/sagas/:saga/retry', { schema }, async (request, reply) => {
    const id = sagaIdOf(request.params.saga)
    const requestId = edge.clock.newId()
    await edge.ask(id, { type: 'operated', verb: 'retry', requestId, ...request.body })
    const saga = await edge.find(id)
    if (saga === null) throw orchestratorError('SAGA_NOT_FOUND', { id })
    reply.code(202).header('location', `/sagas/${id}`)
    return saga
  })
}
