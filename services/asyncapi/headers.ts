// The headers of messages as JSON Schema: CloudEvents in Kafka's binary content mode, an attribute
// each, all texts. docs/protocol.md says it in words.
import { type TSchema, Type } from 'typebox'

const text = (description: string) => Type.String({ minLength: 1, description })
const count = (description: string) => Type.String({ pattern: '^[1-9][0-9]*$', description })
const time = (description: string) => Type.String({ format: 'date-time', description })
const sagaId = Type.String({ format: 'uuid', description: 'The saga, a UUIDv7 in lower case.' })
const traceparent = Type.Optional(text('W3C trace context, where something is traced.'))

const always = (type: TSchema, id: string) => ({
  ce_specversion: Type.Literal('1.0'),
  ce_id: text(id),
  ce_source: text('Who wrote it: `sagaline`, or the service.'),
  ce_type: type,
  'content-type': Type.Literal('application/json'),
})

const ofStep = {
  ce_sagaid: sagaId,
  ce_step: text('The step of the saga.'),
  ce_visit: count('How often the saga came to the step, from 1.'),
  ce_direction: Type.Union([Type.Literal('do'), Type.Literal('undo')]),
  ce_attempt: count('Counts sendings of the same command, from 1.'),
}

/** Of a domain event. */
export const eventHeaders = (type: string) =>
  Type.Object({
    ...always(Type.Literal(type), 'Unique for its source. A repeat has the same.'),
    ce_time: time('When its service made it.'),
    ce_sagaid: Type.Optional(sagaId),
    ce_causationid: Type.Optional(text('The id of the command that it came of.')),
    traceparent,
  })

/** Of a lifecycle event. */
export const lifecycleHeaders = Type.Object({
  ...always(
    Type.String({
      pattern: '^[a-z]+[.][a-z-]+$',
      description: 'What happened. Others may be added: whoever does not know one ignores it.',
      examples: ['saga.started', 'step.succeeded', 'undo.failed', 'saga.completed'],
    }),
    '`<saga id>/event/<number>`.',
  ),
  ce_time: time('When it happened to the saga.'),
  ce_sagaid: sagaId,
  ce_step: Type.Optional(ofStep.ce_step),
  ce_visit: Type.Optional(ofStep.ce_visit),
  ce_direction: Type.Optional(ofStep.ce_direction),
  ce_attempt: Type.Optional(ofStep.ce_attempt),
})

export const commandHeaders = (type: string) =>
  Type.Object({
    ...always(
      Type.Literal(type),
      '`<saga id>/<step>/<do or undo>/<visit>`: the same in each sending.',
    ),
    ...ofStep,
    ce_issuedat: time('When the `do` of this step and visit was first sent, also on its undo.'),
    ce_deadline: time('When the saga stops waiting for this sending; no reason to skip the work.'),
    ce_replyto: Type.Literal('sagaline.replies'),
    ce_causationid: Type.Optional(text('The id of the reply that led to it.')),
    traceparent,
  })

export const replyHeaders = (type: string, outcome: string) =>
  Type.Object({
    ...always(Type.Literal(type), '`<command id>/reply`.'),
    ...ofStep,
    ce_time: time('When it was written.'),
    ce_outcome: Type.Literal(outcome),
    ce_causationid: text('The id of the command that it answers.'),
    traceparent,
  })

/** Of starts and signals, which services ask for. */
export const requestHeaders = (type: string) =>
  Type.Object({
    ...always(Type.Literal(type), 'A repeat with the same is taken once.'),
    traceparent,
  })
