// `GET /sagas/{saga}/history`: everything that came to a saga, and what came to be.
import { Type } from 'typebox'
import { orchestratorError } from '../../errors.ts'
import { sagaIdOf } from '../saga-id.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery, sagaById } from '../schemas/request-schemas.ts'
import { HistoryEntrySchema } from '../schemas/saga-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'get-saga-history',
  summary: 'The history of a saga, oldest first',
  tags: ['sagas'],
  params: sagaById,
  querystring: noQuery,
  response: {
    200: Type.Object(
      { items: Type.Immutable(Type.Array(refTo(HistoryEntrySchema))) },
      { description: 'All of it.' },
    ),
    ...problems('SAGA_NOT_FOUND', 'ARCHIVE_INVALID', 'OVERLOADED'),
  },
} as const

export const addSagaHistory: AddRoute = (app, { edge }) => {
  app.get('/sagas/:saga/history', { schema }, async (request) => {
    const id = sagaIdOf(request.params.saga)
    const items = await edge.history(id)
    // Every saga has at least the entry of its start.
    if (items.length === 0) throw orchestratorError('SAGA_NOT_FOUND', { id })
    return { items }
  })
}
