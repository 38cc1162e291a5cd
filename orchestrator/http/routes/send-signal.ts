// `POST /sagas/{saga}/signals/{signal}` and, by business key, `POST /signals/{signal}`: an event
// from outside for a saga that waits for it, or will. An approval is one too.
import { Type } from 'typebox'
import type { Json } from '../../../messaging/message.ts'
import type { SignalResult, SignalTarget } from '../../coordinator/signal-sagas.ts'
import type { Edge } from '../edge.ts'
import { sagaIdOf } from '../saga-id.ts'
import { problems } from '../schemas/problem-schema.ts'
import {
  idempotencyKey,
  noQuery,
  personName,
  queryText,
  sagaById,
} from '../schemas/request-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import { SignalResultSchema } from '../schemas/verb-schemas.ts'
import type { AddRoute } from './route.ts'
import { traceOf } from './saga-verbs.ts'

const signalName = Type.String({
  minLength: 1,
  maxLength: 200,
  description: 'The name of the signal, or of the step that waits for an approval.',
})

const signalBody = {
  data: Type.Optional(
    Type.Unknown({
      description: 'What the signal carries; an approval: `{ approved, comment? }`.',
    }),
  ),
  actor: Type.Optional(personName('The person who sends it; an approval must have one.')),
}

const schema = {
  tags: ['sagas'],
  querystring: noQuery,
  headers: Type.Object({
    'idempotency-key': Type.Optional(idempotencyKey),
  }),
  response: {
    202: Type.Unsafe<SignalResult>({
      ...refTo(SignalResultSchema),
      description: 'The saga has the signal.',
    }),
    ...problems(
      'SAGA_NOT_FOUND',
      'SAGA_KEY_UNKNOWN',
      'SIGNAL_UNKNOWN',
      'SIGNAL_INVALID',
      'SIGNAL_TOO_LATE',
      'SIGNAL_AMBIGUOUS',
      'SIGNALS_FULL',
      'EVENT_TOO_LARGE',
      'BODY_TOO_LARGE',
    ),
  },
} as const

const byId = {
  ...schema,
  operationId: 'send-signal',
  summary: 'Send a signal to a saga',
  description: 'The Idempotency-Key is the id of the signal: the saga takes it once.',
  params: Type.Object(
    { ...sagaById.properties, signal: signalName },
    { additionalProperties: false },
  ),
  body: Type.Object(signalBody, { additionalProperties: false }),
} as const

const byKey = {
  ...schema,
  operationId: 'send-signal-by-key',
  summary: 'Send a signal to the living saga of a name and business key',
  description: 'The Idempotency-Key is the id of the signal: one saga takes it, once.',
  params: Type.Object({ signal: signalName }, { additionalProperties: false }),
  body: Type.Object(
    {
      saga: queryText('The name of the saga.'),
      businessKey: Type.String({ minLength: 1, maxLength: 500 }),
      ...signalBody,
    },
    { additionalProperties: false },
  ),
} as const

export const addSendSignal: AddRoute = (app, { edge }) => {
  app.post('/sagas/:saga/signals/:signal', { schema: byId }, async (request, reply) => {
    const { saga, signal } = request.params
    const key = request.headers['idempotency-key']
    reply.code(202)
    return send(
      edge,
      { sagaId: sagaIdOf(saga) },
      { ...request.body, ...traceOf(request), signal, key },
    )
  })
  app.post('/signals/:signal', { schema: byKey }, async (request, reply) => {
    const { saga, businessKey, ...body } = request.body
    const { signal } = request.params
    const key = request.headers['idempotency-key']
    reply.code(202)
    return send(edge, { saga, businessKey }, { ...body, ...traceOf(request), signal, key })
  })
}

type Sent = {
  readonly signal: string
  readonly key?: string | undefined
  readonly data?: unknown
  readonly actor?: string
  readonly traceparent?: string
}

function send(edge: Edge, target: SignalTarget, sent: Sent) {
  const { signal: name, key, data, actor, ...traced } = sent
  const id = key ?? edge.clock.newId()
  const carried = { data: (data ?? null) as Json, actor: actor ?? null }
  return edge.signal({ target, event: { type: 'signalled', id, name, ...carried, ...traced } })
}
