// `POST /sagas/{saga}`: starts a saga, and waits for its end where the client prefers that. The
// hot path of the edge: without a wait nothing is read, the answer is what the commit says.
import type { ServerResponse } from 'node:http'
import { Type } from 'typebox'
import type { Json } from '../../../messaging/message.ts'
import { readTime } from '../../coordinator/start-at.ts'
import type { StartResult } from '../../coordinator/start-saga.ts'
import { isEnded } from '../../engine/saga.ts'
import { orchestratorError } from '../../errors.ts'
import type { SagaView } from '../../store/saga-view.ts'
import { preferredWaitMs } from '../prefer.ts'
import { problems } from '../schemas/problem-schema.ts'
import { idempotencyKey, queryText, sagaByName } from '../schemas/request-schemas.ts'
import { SagaSchema, SagaStartedSchema } from '../schemas/saga-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import type { AddRoute, RouteParts } from './route.ts'

const startHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      ...idempotencyKey,
      description: 'The same key with the same body gives the same saga; printable ASCII.',
    }),
  ),
  prefer: Type.Optional(
    Type.String({
      maxLength: 200,
      description:
        '`wait=SECONDS` (RFC 7240): answer when the saga has ended or is stuck, or then.',
    }),
  ),
})

const startQuery = Type.Object(
  {
    startAt: Type.Optional(
      queryText('Start it then (RFC 3339), at most ten years ahead; a time in the past is now.'),
    ),
  },
  { additionalProperties: false },
)

const location = { type: 'string', description: 'The path of the saga.' }
const preferenceApplied = {
  type: 'string',
  description: 'The wait that was applied; cut to what this server allows, or left out.',
}
const answerHeaders = { Location: location, 'Preference-Applied': preferenceApplied }

const schema = {
  operationId: 'start-saga',
  summary: 'Start a saga',
  tags: ['sagas'],
  params: sagaByName,
  querystring: startQuery,
  headers: startHeaders,
  body: Type.Unknown({ description: 'The input of the saga: see `GET /definitions`.' }),
  response: {
    200: Type.Unsafe<SagaView>({
      ...refTo(SagaSchema),
      description: 'The saga has ended; answered only to `Prefer: wait`.',
      headers: answerHeaders,
    }),
    202: Type.Union([refTo(SagaStartedSchema), refTo(SagaSchema)], {
      description: 'The saga is there and goes on: with `Prefer: wait` as it stands, else its id.',
      headers: answerHeaders,
    }),
    ...problems(
      'SAGA_NAME_UNKNOWN',
      'DEFINITION_NOT_READY',
      'SAGA_INPUT_INVALID',
      'SAGA_KEY_REUSED',
      'START_TIME_INVALID',
      'BODY_TOO_LARGE',
      'MEDIA_TYPE_UNSUPPORTED',
      'OVERLOADED',
    ),
  },
} as const

export const addStartSaga: AddRoute = (app, parts) => {
  const { edge, limits } = parts
  app.post('/sagas/:saga', { schema }, async (request, reply) => {
    const { body, headers } = request
    const name = request.params.saga
    if (body === undefined) {
      throw orchestratorError('REQUEST_INVALID', { problem: 'the body is missing' })
    }
    const startAt = startAtOf(request.query.startAt)
    const waitMs = preferredWaitMs(headers.prefer, limits.waitMsMax)
    const started = await edge.start({
      name,
      input: body as Json,
      idempotencyKey: headers['idempotency-key'] ?? null,
      ...(startAt !== null && { startAt }),
      ...(request.traceparent !== null && { traceparent: request.traceparent }),
    })
    reply.code(202).header('location', `/sagas/${started.id}`)
    const saga = waitMs === null ? null : await waitFor(parts, started, waitMs, reply.raw)
    if (waitMs === null || saga === null) return { id: started.id, name, isNew: started.isNew }
    reply.header('preference-applied', `wait=${waitMs / 1000}`)
    if (parts.waits.isStopping) reply.header('connection', 'close')
    return isEnded(saga) ? reply.code(200).send(saga) : saga
  })
}

/** @throws START_TIME_INVALID. */
function startAtOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const startAt = readTime(text)
  if (startAt !== null) return startAt
  const problem = 'it is no time such as 2030-01-31T09:00:00Z'
  throw orchestratorError('START_TIME_INVALID', { startAt: text, problem })
}

/** Null when there was no wait, or no reading after it: the start stands, so its id is answered. */
async function waitFor(
  { edge, waits }: RouteParts,
  started: StartResult,
  waitMs: number,
  response: ServerResponse,
): Promise<SagaView | null> {
  const waited = await waits.wait(started, waitMs, response)
  if (waited === 'not-waited') return null
  if (waited !== null) return waited
  try {
    return await edge.find(started.id)
  } catch (error) {
    edge.log.warn('http.wait-unread', { sagaId: started.id, error })
    return null
  }
}
