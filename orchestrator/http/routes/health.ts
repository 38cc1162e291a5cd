// `GET /health/live` and `/health/ready`: for load balancers and supervisors.
import { Type } from 'typebox'
import { problems } from '../schemas/problem-schema.ts'
import { noQuery } from '../schemas/request-schemas.ts'
import type { AddRoute } from './route.ts'

const live = {
  operationId: 'is-live',
  summary: 'Whether the process answers at all',
  tags: ['health'],
  querystring: noQuery,
  response: {
    200: Type.Object({ isLive: Type.Literal(true) }, { description: 'It does.' }),
    ...problems(),
  },
} as const

const Readiness = Type.Object(
  {
    isReady: Type.Boolean(),
    problems: Type.Record(Type.String(), Type.String(), {
      description: 'What is away, and why; without reasons where a login is needed.',
    }),
  },
  { description: 'What is away.' },
)

const ready = {
  operationId: 'is-ready',
  summary: 'Whether sagas can be started and moved',
  tags: ['health'],
  querystring: noQuery,
  response: {
    ...problems(),
    200: Readiness,
    503: {
      description: 'Something is away; a problem document when that cannot even be told.',
      content: {
        'application/json': { schema: Readiness },
        'application/problem+json': { schema: { $ref: 'Problem#' } },
      },
    },
  },
} as const

export const addHealth: AddRoute = (app, { edge, waits }) => {
  app.get('/health/live', { schema: live }, async () => ({ isLive: true }) as const)
  app.get('/health/ready', { schema: ready }, async (_, reply) => {
    const found = waits.isStopping ? { http: 'it is stopping' } : await edge.problems()
    const problems = edge.logIn === null ? found : withoutReasons(found)
    const isReady = Object.keys(problems).length === 0
    return reply.code(isReady ? 200 : 503).send({ isReady, problems })
  })
}

/** Reasons name addresses and users, which are nothing for strangers. */
function withoutReasons(found: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.keys(found).map((name) => [name, 'it is away']))
}
