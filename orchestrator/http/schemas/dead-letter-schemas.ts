// The schemas of dead letters: as they are listed, as one is shown, and how one is changed.
import { Type } from 'typebox'
import { letterStates } from '../../../messaging/dead-letters.ts'
import { personName } from './request-schemas.ts'

const closed = { additionalProperties: false } as const
const textOrNull = (description: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], description })

export const LetterState = Type.Unsafe<(typeof letterStates)[number]>({
  type: 'string',
  enum: [...letterStates],
  description: 'replaying: to be sent again, and not yet confirmed by Kafka.',
})

const summary = {
  id: Type.String(),
  state: LetterState,
  consumer: Type.String({ description: 'The consumer group that could not handle it.' }),
  topic: Type.String(),
  partition: Type.Integer(),
  offset: Type.String(),
  key: textOrNull('Null when there is none, or it is no text.'),
  messageId: textOrNull('The header ce_id.'),
  type: textOrNull('The header ce_type.'),
  sagaId: textOrNull('The header ce_sagaid.'),
  code: Type.String({ description: 'Of the error.' }),
  reason: Type.String(),
  isEdited: Type.Boolean(),
  isSensitive: Type.Boolean({ description: 'Its data may be sensitive: only its form is shown.' }),
  parkedAt: Type.String({ description: 'An ISO time.' }),
}

export const DeadLetterSummarySchema = Type.Object(
  {
    ...summary,
    bytes: Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      description: 'Of its value; null when it has none.',
    }),
  },
  { $id: 'DeadLetterSummary', ...closed, description: 'A record that could not be handled.' },
)

const Value = Type.Union([
  Type.Object(
    {
      bytes: Type.Integer(),
      base64: textOrNull('Null where the data may be sensitive.'),
      text: textOrNull('Null where it is no text, or may be sensitive.'),
      isJson: Type.Boolean(),
      json: Type.Unknown({ description: 'What is sensitive is masked.' }),
    },
    closed,
  ),
  Type.Null(),
])

const Headers = Type.Immutable(
  Type.Array(
    Type.Object(
      { name: Type.String(), text: textOrNull('Null where it is no text.'), base64: Type.String() },
      closed,
    ),
  ),
)

const Change = Type.Object(
  {
    at: Type.String({ description: 'An ISO time.' }),
    action: Type.Enum(['edited', 'replayed', 'discarded', 'sent', 'refused'], {
      type: 'string',
      description: 'What a person did; sent and refused: what Kafka said to a replay.',
    }),
    actor: Type.String(),
    reason: Type.String(),
  },
  closed,
)

export const DeadLetterSchema = Type.Object(
  {
    ...summary,
    keyBase64: textOrNull('Null when there is no key.'),
    recordedAt: Type.String({ description: 'The time of the record itself.' }),
    value: Value,
    headers: Headers,
    edited: Type.Union(
      [
        Type.Object({ value: Value, headers: Type.Union([Headers, Type.Null()]) }, closed),
        Type.Null(),
      ],
      { description: 'What a replay sends instead, where it was changed.' },
    ),
    changes: Type.Immutable(Type.Array(Change)),
  },
  { $id: 'DeadLetter', ...closed, description: 'A record that could not be handled, whole.' },
)

export const letterBy = {
  actor: personName('Who does it.'),
  reason: Type.String({ minLength: 1, maxLength: 1_000, description: 'Why.' }),
}

export const LetterEditBody = Type.Object(
  {
    ...letterBy,
    valueBase64: Type.Optional(
      Type.String({
        pattern: '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$',
        description: 'The whole value, any bytes; not together with `text`.',
      }),
    ),
    text: Type.Optional(Type.String({ description: 'The whole value as a text.' })),
    headers: Type.Optional(
      Type.Record(
        Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*$' }),
        Type.Unsafe<string | null>({ type: ['string', 'null'], pattern: '^[^\\u0000]*$' }),
        { description: 'By name; null takes a header away, others stay as they are.' },
      ),
    ),
  },
  { ...closed, description: 'Actor and reason are kept beside the letter.' },
)

export const letterById = Type.Object(
  {
    letter: Type.String({ minLength: 1, maxLength: 200, description: 'The id of a dead letter.' }),
  },
  closed,
)
