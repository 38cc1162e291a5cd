// `GET /sagas/{saga}`: one saga as it stands, or as it was at a moment.
import { Type } from 'typebox'
import type { SagaId } from '../../../messaging/message.ts'
import { orchestratorError } from '../../errors.ts'
import type { Edge } from '../edge.ts'
import { timeOf } from '../saga-filter.ts'
import { sagaIdOf } from '../saga-id.ts'
import { problems } from '../schemas/problem-schema.ts'
import { queryText, sagaById } from '../schemas/request-schemas.ts'
import { SagaSchema } from '../schemas/saga-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'get-saga',
  summary: 'A saga: its state, steps, errors and timers',
  tags: ['sagas'],
  params: sagaById,
  querystring: Type.Object(
    {
      at: Type.Optional(
        queryText(
          'As it was at this time (RFC 3339), or after the entry of its history with this number.',
        ),
      ),
    },
    { additionalProperties: false },
  ),
  response: {
    200: refTo(SagaSchema),
    ...problems(
      'SAGA_NOT_FOUND',
      'MOMENT_TOO_EARLY',
      'DEFINITION_UNKNOWN',
      'HISTORY_NOT_REPLAYABLE',
      'ENCRYPTION_KEY_UNKNOWN',
      'ENCRYPTED_TEXT_INVALID',
      'SUBJECT_ERASED',
      'ARCHIVE_INVALID',
      'OVERLOADED',
    ),
  },
} as const

export const addSaga: AddRoute = (app, { edge }) => {
  app.get('/sagas/:saga', { schema }, async (request) => {
    const id = sagaIdOf(request.params.saga)
    const { at } = request.query
    const saga = await (at === undefined ? edge.find(id) : findPast(edge, id, at))
    if (saga === null) throw orchestratorError('SAGA_NOT_FOUND', { id })
    if (at !== undefined) return saga
    // The schema names it, for past moments.
    const { context: _, ...withoutContext } = saga
    return withoutContext
  })
}

const entryNumber = /^\d{1,9}$/

function findPast(edge: Edge, id: SagaId, at: string) {
  if (entryNumber.test(at)) return edge.findPast(id, { seq: Number(at) })
  return edge.findPast(id, { at: timeOf('at', at)?.getTime() ?? 0 })
}
