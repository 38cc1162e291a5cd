// The schemas of searches: what may be asked, what a list shows of a saga, and the counts.
import { type Static, Type } from 'typebox'
import { SagaSummarySchema, Status, Time } from './saga-schemas.ts'

/** Attributes that one search may name. */
const attributesMax = 10
/** Statuses that one search may name: all there are. */
const statusesMax = 10

/** Keys are as long as a start allows. */
const keyText = (description: string) =>
  Type.String({ minLength: 1, maxLength: 500, pattern: '^[^\\u0000]*$', description })

const text = (description: string) =>
  Type.String({ minLength: 1, maxLength: 200, pattern: '^[^\\u0000]*$', description })

const timeText = (description: string) => Type.String({ minLength: 1, maxLength: 40, description })

/** In the query of a list, and in the body of a bulk job. All of them must fit. */
export const filterFields = {
  name: Type.Optional(text('Only sagas of this name.')),
  version: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 999_999_999, description: 'Only those of this version.' }),
  ),
  status: Type.Optional(
    Type.Array(Status, {
      minItems: 1,
      maxItems: statusesMax,
      description: 'Only sagas in one of these.',
    }),
  ),
  step: Type.Optional(text('Only sagas with this step under way, in either direction, or parked.')),
  startedAfter: Type.Optional(timeText('Only sagas started then (RFC 3339) or later.')),
  startedBefore: Type.Optional(timeText('Only sagas started before that.')),
  businessKey: Type.Optional(keyText('Only sagas with this key of the business.')),
  correlationId: Type.Optional(keyText('Only sagas with this correlation id.')),
  parentId: Type.Optional(text('Only the child sagas of this one.')),
  attribute: Type.Optional(
    Type.Array(
      Type.String({ minLength: 2, maxLength: 600, pattern: '^[^:\\u0000]+:[^\\u0000]*$' }),
      {
        minItems: 1,
        maxItems: attributesMax,
        description: 'Only sagas with this attribute: `name:value`. All of several must fit.',
      },
    ),
  ),
  error: Type.Optional(text('Words, all of which must be in what went wrong.')),
} as const

const FilterSchema = Type.Object(filterFields)
export type AskedFilter = Static<typeof FilterSchema>

export const FoundSagaSchema = Type.Object(
  {
    ...SagaSummarySchema.properties,
    stepsUnderWay: Type.Immutable(
      Type.Array(Type.String(), { description: 'Steps that are under way, or parked.' }),
    ),
    error: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'What went wrong last, in words; cut where it is long.',
    }),
  },
  { $id: 'FoundSaga', additionalProperties: false },
)

export const LagMs = Type.Unsafe<number | null>({
  type: ['integer', 'null'],
  description:
    'How far this may be behind the sagas, in ms; 0: not at all. Null: unknown, as nobody follows ' +
    'them now, or not all of them were looked at yet.',
})

export const nextCursor = Type.Unsafe<string | null>({
  type: ['string', 'null'],
  description: 'Null on the last page.',
})

const CountSchema = Type.Object(
  {
    name: Type.String(),
    version: Type.Integer(),
    status: Status,
    count: Type.Integer(),
    oldestStartedAt: Time,
  },
  { additionalProperties: false },
)

export const SagaCountsSchema = Type.Object(
  {
    items: Type.Immutable(Type.Array(CountSchema)),
    byStatus: Type.Unsafe<Readonly<Record<string, number>>>({
      type: 'object',
      additionalProperties: { type: 'integer' },
      description: 'Of all of them together; those without any are left out.',
    }),
    lagMs: LagMs,
  },
  { $id: 'SagaCounts', additionalProperties: false, description: 'By group, and in all.' },
)
