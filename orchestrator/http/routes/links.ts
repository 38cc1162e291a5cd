// `GET /links`: where traces and logs of sagas are looked at, for whoever shows them.
import { LinksSchema } from '../schemas/links-schema.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'get-links',
  summary: 'Where traces and logs of a saga are looked at',
  tags: ['messages'],
  querystring: noQuery,
  response: { 200: refTo(LinksSchema), ...problems() },
} as const

export const addLinks: AddRoute = (app, { edge }) => {
  app.get('/links', { schema }, async () => edge.links)
}
