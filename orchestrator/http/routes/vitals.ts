// `GET /vitals`: how the engine is at the moment, for dashboards. Of sagas it tells those that the
// caller may see.
import { isEnded } from '../../engine/saga.ts'
import { visibleSagas } from '../access/principal.ts'
import type { Vitals } from '../edge.ts'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import { VitalsSchema } from '../schemas/vitals-schema.ts'
import type { AddRoute } from './route.ts'

const schema = {
  operationId: 'get-vitals',
  summary: 'How the engine is: lag, what waits for Kafka, sagas in flight',
  description: 'Asked of the databases and Kafka once a second at the most, however many ask.',
  tags: ['health'],
  querystring: noQuery,
  response: { 200: refTo(VitalsSchema), ...problems() },
} as const

export const addVitals: AddRoute = (app, { edge }) => {
  app.get('/vitals', { schema }, async ({ principal }) => {
    const names = visibleSagas(principal)
    const { consumerLag, unpublished, groups } = await edge.vitals()
    const living = groups.filter(
      (group) => !isEnded(group) && (names === null || names.includes(group.name)),
    )
    return {
      consumerLag,
      outboxAgeMs: unpublished.ageMs,
      publishBatches: unpublished.batches,
      oldestSaga: oldestOf(living),
      inFlight: byStatus(living),
    }
  })
}

type Groups = Vitals['groups']

function oldestOf(living: Groups) {
  const [first, ...others] = living
  if (first === undefined) return null
  const { oldestId, name, oldestStartedAt } = others.reduce(
    (oldest, group) => (group.oldestStartedAt < oldest.oldestStartedAt ? group : oldest),
    first,
  )
  return { id: oldestId, name, startedAt: oldestStartedAt }
}

function byStatus(living: Groups): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { status, count } of living) counts[status] = (counts[status] ?? 0) + count
  return counts
}
