// `GET /sagas/{saga}`: one saga as it stands.
import { orchestratorError } from '../../errors.ts'
import { sagaIdOf } from '../saga-id.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, sagaById } from '../schemas/request-schemas.ts'
import { SagaSchema } from '../schemas/saga-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'get-saga',
  summary: 'A saga: its state, steps, errors and timers',
  tags: ['sagas'],
  params: sagaById,
  querystring: noQuery,
  response: { 200: refTo(SagaSchema), ...problems('SAGA_NOT_FOUND') },
} as const

export const addSaga: AddRoute = (app, { edge }) => {
  app.get('/sagas/:saga', { schema }, async (request) => {
    const id = sagaIdOf(request.params.saga)
    const saga = await edge.find(id)
    if (saga === null) throw orchestratorError('SAGA_NOT_FOUND', { id })
    return saga
  })
}
