// `GET /saga-counts`: how many sagas there are by name, version and status, and the oldest of each.
import { Type } from 'typebox'
import { visibleAmong } from '../access/principal.ts'
import { SagaCountsSchema } from '../schemas/list-schemas.ts'
import { problems } from '../schemas/problem-schema.ts'
import { queryText } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'count-sagas',
  summary: 'How many sagas there are, by name, version and status',
  description: 'From the read model, which follows behind: see `lagMs`.',
  tags: ['sagas'],
  querystring: Type.Object(
    { name: Type.Optional(queryText('Only sagas of this name.')) },
    { additionalProperties: false },
  ),
  response: { 200: refTo(SagaCountsSchema), ...problems() },
} as const

export const addSagaCounts: AddRoute = (app, { edge }) => {
  app.get('/saga-counts', { schema }, async ({ query, principal }) => {
    const names = visibleAmong(principal, query.name)
    const lagMs = await edge.searchLag()
    const items = await edge.count(names)
    const byStatus: Record<string, number> = {}
    for (const { status, count } of items) byStatus[status] = (byStatus[status] ?? 0) + count
    return { items, byStatus, lagMs }
  })
}
