// `GET /stats`: what began, ended, was retried and how long it took, by windows of minutes, saga
// and step.
import { Type } from 'typebox'
import { orchestratorError } from '../../errors.ts'
import { visibleAmong } from '../access/principal.ts'
import { timeOf } from '../saga-filter.ts'
import { problems } from '../schemas/problem-schema.ts'
import { queryText } from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import { StatsSchema } from '../schemas/stats-schema.ts'
import type { AddRoute } from './route.ts'

/** As long as the longest span. */
const windowMinutesMax = 1_440
/** The longest span that one request may ask for, and the one that is answered without `from`. */
const spanMsMax = 24 * 3_600_000
const spanMs = 3_600_000

const schema = {
  operationId: 'get-stats',
  summary: 'What began, ended, was retried and how long it took, by window, saga and step',
  description: 'Made of the lifecycle events, so it follows behind: see `lagMs`.',
  tags: ['stats'],
  querystring: Type.Object(
    {
      from: Type.Optional(queryText('From this time on (RFC 3339); an hour before `to`.')),
      to: Type.Optional(queryText('Before this time; now. At most 24 hours after `from`.')),
      name: Type.Optional(queryText('Only sagas of this name.')),
      windowMinutes: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: windowMinutesMax,
          default: 1,
          description: 'How long a window is; the first begins with the minute of `from`.',
        }),
      ),
      of: Type.Optional(
        Type.Enum(['sagas', 'steps'], {
          type: 'string',
          description: 'Only sagas as a whole, or only steps.',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  response: { 200: refTo(StatsSchema), ...problems() },
} as const

export const addStats: AddRoute = (app, { edge }) => {
  app.get('/stats', { schema }, async ({ query, principal }) => {
    const names = visibleAmong(principal, query.name)
    const to = timeOf('to', query.to) ?? edge.clock.now()
    const from = timeOf('from', query.from) ?? new Date(to.getTime() - spanMs)
    const span = to.getTime() - from.getTime()
    if (span <= 0 || span > spanMsMax) {
      const problem = '/from must be before /to, by 24 hours at most'
      throw orchestratorError('REQUEST_INVALID', { problem })
    }
    const { windowMinutes = 1, of = null } = query
    const items = await edge.stats({ from, to, names, windowMinutes, of })
    return { windowS: 60 * windowMinutes, lagMs: await edge.statsLag(), items }
  })
}
