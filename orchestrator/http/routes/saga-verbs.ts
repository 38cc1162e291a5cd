// `POST /sagas/{saga}/{verb}`: what a person tells a saga. Each verb is a route of its own, so
// that the OpenAPI document says what it does.
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Json } from '../../../messaging/message.ts'
import type { Operated } from '../../engine/event.ts'
import { orchestratorError, type orchestratorErrors } from '../../errors.ts'
import type { SagaView } from '../../store/saga-view.ts'
import type { App } from '../app.ts'
import type { Edge } from '../edge.ts'
import { sagaIdOf } from '../saga-id.ts'
import { problems } from '../schemas/problem-schema.ts'
import { idempotencyKey, noQuery, personName, sagaById } from '../schemas/request-schemas.ts'
import { SagaSchema } from '../schemas/saga-schemas.ts'
import { refTo } from '../schemas/shared-schemas.ts'
import { verbWords } from '../verb-words.ts'
import type { AddRoute } from './route.ts'

type PlainVerb = Exclude<Operated['verb'], 'skip'>
type Codes = readonly (keyof typeof orchestratorErrors)[]

/** What each may be refused with, beside what all may be. */
const refusals: Readonly<Record<PlainVerb, Codes>> = {
  retry: ['SAGA_NOT_STUCK', 'SAGA_PAUSED'],
  cancel: ['SAGA_ENDED', 'SAGA_PAUSED', 'SAGA_PAST_PIVOT'],
  pause: ['SAGA_ENDED'],
  resume: ['SAGA_ENDED'],
  abandon: ['SAGA_NOT_STUCK', 'SAGA_PAUSED'],
  terminate: ['SAGA_ENDED'],
}

const by = {
  actor: personName('Who does it.'),
  reason: Type.String({ minLength: 1, maxLength: 1_000, description: 'Why.' }),
}
const kept = { additionalProperties: false, description: 'Kept in the history.' } as const

const skipBody = Type.Object(
  {
    ...by,
    step: Type.String({ minLength: 1, maxLength: 200 }),
    visit: Type.Optional(
      Type.Integer({ minimum: 1, description: 'The parked one of that name when left out.' }),
    ),
    effect: Type.Enum(['done', 'none'], {
      type: 'string',
      description:
        'What a person found, or did by hand: the effect of the step, or of its undo, is there ' +
        '(done), or it is not (none).',
    }),
    output: Type.Optional(
      Type.Unknown({ description: 'With done: what the step would have replied.' }),
    ),
  },
  kept,
)

const schemaOf = (verb: Operated['verb'], codes: Codes) =>
  ({
    operationId: `${verb}-saga`,
    summary: verbWords[verb],
    description: 'The same Idempotency-Key again changes nothing and is answered with 202.',
    tags: ['sagas'],
    params: sagaById,
    querystring: noQuery,
    headers: Type.Object({ 'idempotency-key': Type.Optional(idempotencyKey) }),
    response: {
      202: Type.Unsafe<SagaView>({ ...refTo(SagaSchema), description: 'The saga as it stands.' }),
      ...problems('SAGA_NOT_FOUND', 'BODY_TOO_LARGE', ...codes),
    },
  }) as const

export const addSagaVerbs: AddRoute = (app, { edge }) => {
  for (const [verb, codes] of Object.entries(refusals))
    addPlainVerb(app, edge, verb as PlainVerb, codes)
  addSkip(app, edge)
}

function addPlainVerb(app: App, edge: Edge, verb: PlainVerb, codes: Codes): void {
  const schema = { ...schemaOf(verb, codes), body: Type.Object(by, kept) } as const
  app.post(`/sagas/:saga/${verb}`, { schema }, async (request, reply) => {
    const requestId = requestIdOf(edge, verb, request.headers['idempotency-key'])
    const event: Operated = {
      type: 'operated',
      verb,
      requestId,
      ...request.body,
      ...traceOf(request),
    }
    const saga = await operate(edge, request.params.saga, event)
    reply.code(202).header('location', `/sagas/${saga.id}`)
    return saga
  })
}

function addSkip(app: App, edge: Edge): void {
  const codes: Codes = [
    'SAGA_NOT_STUCK',
    'SAGA_PAUSED',
    'STEP_NOT_PARKED',
    'STEP_NOT_SKIPPABLE',
    'SKIP_OUTPUT_INVALID',
    'EVENT_TOO_LARGE',
  ]
  const schema = { ...schemaOf('skip', codes), body: skipBody } as const
  app.post('/sagas/:saga/skip', { schema }, async (request, reply) => {
    const { output, visit, ...said } = request.body
    const what = `skip/${said.step}/${visit ?? ''}`
    const event: Operated = {
      type: 'operated',
      verb: 'skip',
      requestId: requestIdOf(edge, what, request.headers['idempotency-key']),
      ...said,
      ...traceOf(request),
      ...(visit !== undefined && { visit }),
      ...(output !== undefined && { output: output as Json }),
    }
    const saga = await operate(edge, request.params.saga, event)
    reply.code(202).header('location', `/sagas/${saga.id}`)
    return saga
  })
}

/** Kept with the event, so that what follows from it is linked to the request. */
export function traceOf({ traceparent }: Pick<FastifyRequest, 'traceparent'>) {
  return traceparent === null ? {} : { traceparent }
}

/** Sagas remember requests each for itself, so a key only has to differ by what is asked. */
function requestIdOf(edge: Edge, what: string, key: string | undefined): string {
  return `${what}/${key ?? edge.clock.newId()}`
}

async function operate(edge: Edge, saga: string, event: Operated): Promise<SagaView> {
  const id = sagaIdOf(saga)
  await edge.operate(id, event)
  const view = await edge.find(id)
  if (view === null) throw orchestratorError('SAGA_NOT_FOUND', { id })
  return view
}
