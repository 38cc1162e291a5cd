// `GET /openapi.json`: this API, for readers and for generators of clients.
import { Type } from 'typebox'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery } from '../schemas/request-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'get-openapi',
  summary: 'This document',
  tags: ['definitions'],
  querystring: noQuery,
  response: {
    200: Type.Unsafe<string>({
      type: 'object',
      additionalProperties: true,
      description: 'OpenAPI 3.1.',
    }),
    ...problems(),
  },
} as const

export const addOpenapi: AddRoute = (app) => {
  let text: string | undefined
  app.get('/openapi.json', { schema }, async (_, reply) => {
    text ??= JSON.stringify(app.swagger())
    return reply.header('content-type', 'application/json; charset=utf-8').send(text)
  })
}
