// `GET /metrics`: figures for Prometheus. Each of them is read within a limit of its own.
import { Type } from 'typebox'
import { orchestratorError } from '../../errors.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery } from '../schemas/request-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'get-metrics',
  summary: 'Figures for Prometheus, of this process and of all sagas',
  description: 'Where somebody must log in, Prometheus does so with an API key of `viewer:*`.',
  tags: ['health'],
  querystring: noQuery,
  response: {
    200: {
      description: 'In the text format of Prometheus.',
      content: { 'text/plain': { schema: Type.String() } },
    },
    ...problems('METRICS_OFF'),
  },
} as const

export const addMetrics: AddRoute = (app, { edge }) => {
  app.get('/metrics', { schema }, async (_, reply) => {
    const page = await edge.metrics.page()
    if (page === null) throw orchestratorError('METRICS_OFF')
    return reply.header('content-type', page.contentType).send(page.text)
  })
}
