// The schemas of what is shown of a saga; the store's views are what they must fit.
import { Type } from 'typebox'
import type { Json, SagaId } from '../../../messaging/message.ts'

const Anything = (description: string) => Type.Unsafe<Json>({ description })
export const Time = Type.Unsafe<Date>({ type: 'string', format: 'date-time' })
const TimeOrNull = Type.Unsafe<Date | null>({ type: ['string', 'null'], format: 'date-time' })
const TextOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'] })

export const statuses = [
  'scheduled',
  'waiting',
  'running',
  'compensating',
  'stuck',
  'paused',
  'completed',
  'compensated',
  'abandoned',
  'terminated',
] as const

export const Status = Type.Enum([...statuses], { type: 'string' })
const DirectionName = Type.Enum(['do', 'undo'], { type: 'string' })

const summary = {
  id: Type.String({ description: 'A UUID.' }),
  name: Type.String(),
  version: Type.Integer({
    description: 'The version of its definition: that of its start, unless it was migrated.',
  }),
  status: Status,
  businessKey: TextOrNull,
  correlationId: TextOrNull,
  parentId: Type.Unsafe<SagaId | null>({
    type: ['string', 'null'],
    description: 'The saga that this one is a step of.',
  }),
  attributes: Type.Unsafe<Readonly<Record<string, string>>>({
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'What it can be searched by; numbers and truth values as text.',
  }),
  state: Anything('The state of the statechart.'),
  startedAt: Time,
  updatedAt: Time,
  endedAt: TimeOrNull,
}

const StepSchema = Type.Object(
  {
    name: Type.String(),
    visit: Type.Integer(),
    outcome: Type.Enum(['pending', 'done', 'refused', 'unknown', 'skipped'], {
      type: 'string',
      description: 'unknown may have been done, so it is undone as well.',
    }),
    undo: Type.Enum(['none', 'pending', 'done', 'skipped'], { type: 'string' }),
    attempts: Type.Integer({ description: 'Sendings of the direction that is or was last.' }),
    attemptsMax: Type.Integer(),
    dueAt: TimeOrNull,
    issuedAt: Time,
    error: Anything('The last refusal or technical error.'),
  },
  { additionalProperties: false },
)

const TroubleSchema = Type.Object(
  {
    step: TextOrNull,
    visit: Type.Integer(),
    direction: DirectionName,
    reason: Anything('What was answered, or what went wrong.'),
  },
  { additionalProperties: false },
)
const troubleOrNull = (description: string) =>
  Type.Union([TroubleSchema, Type.Null()], { description })

const PauseSchema = Type.Object(
  {
    was: Status,
    actor: Type.String(),
    reason: Type.String(),
    since: Time,
  },
  { additionalProperties: false },
)

const WaitSchema = Type.Object(
  {
    signal: Type.String(),
    by: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Whose answer an approval asks for.',
    }),
    needsActor: Type.Boolean({ description: 'It is an answer of a person, who must be named.' }),
    dueAt: Type.Unsafe<Date | null>({
      type: ['string', 'null'],
      format: 'date-time',
      description: 'When the saga waits no longer.',
    }),
  },
  { additionalProperties: false },
)

export const SagaSummarySchema = Type.Object(summary, {
  $id: 'SagaSummary',
  additionalProperties: false,
})

export const SagaSchema = Type.Object(
  {
    ...summary,
    revision: Type.Integer({ description: 'The number of its history entries.' }),
    locks: Type.Immutable(
      Type.Array(Type.String(), {
        description: 'Keys of semantic locks, held or waited for until the end.',
      }),
    ),
    steps: Type.Immutable(Type.Array(StepSchema)),
    nextTimerAt: TimeOrNull,
    deadlineAt: Type.Unsafe<Date | null>({
      type: ['string', 'null'],
      format: 'date-time',
      description: 'When the whole saga has taken too long.',
    }),
    failure: troubleOrNull('Why it turned back.'),
    stuck: troubleOrNull('Where a person must look.'),
    pause: Type.Union([PauseSchema, Type.Null()], { description: 'Who holds it.' }),
    flags: Type.Immutable(
      Type.Array(TroubleSchema, {
        description: 'What a person must look at, though nothing waits for it.',
      }),
    ),
    waitsFor: Type.Union([Type.Immutable(Type.Array(WaitSchema)), Type.Null()], {
      description:
        'The signals that it takes where it stands; null where its definition is not here.',
    }),
    output: Anything('What it gave, once it has completed.'),
    context: Type.Optional(
      Anything(
        'The context of its statechart at a past moment: only with `at`. Of a saga with sensitive ' +
          'data only what its schemas describe is shown.',
      ),
    ),
    erased: Type.Optional(
      Type.Boolean({ description: 'True: the data of its person was erased; the rest is here.' }),
    ),
    archived: Type.Optional(
      Type.Boolean({ description: 'True: it is in an archive, and no longer in the database.' }),
    ),
  },
  { $id: 'Saga', additionalProperties: false, description: 'The saga as it stands.' },
)

export const SagaStartedSchema = Type.Object(
  {
    id: Type.String({ description: 'A UUID.' }),
    name: Type.String(),
    isNew: Type.Boolean({ description: 'False when the Idempotency-Key was known.' }),
  },
  { $id: 'SagaStarted', additionalProperties: false },
)

const FactSchema = Type.Object(
  {
    type: Type.String(),
    seq: Type.Optional(
      Type.Integer({ description: "Its number among the saga's lifecycle events." }),
    ),
    step: Type.Optional(Type.String()),
    visit: Type.Optional(Type.Integer()),
    direction: Type.Optional(DirectionName),
    attempt: Type.Optional(Type.Integer()),
    detail: Type.Optional(Anything('Reasons, errors, and who did it.')),
  },
  { additionalProperties: false },
)

const entry = {
  seq: Type.Integer(),
  at: Time,
  type: Type.String({ description: 'The event that came.' }),
  state: Anything('The state after it.'),
  status: Status,
  facts: Type.Immutable(Type.Array(FactSchema)),
}

export const HistoryEntrySchema = Type.Object(entry, {
  $id: 'HistoryEntry',
  additionalProperties: false,
})

/** An entry of the stream of all sagas. */
export const FeedEntrySchema = Type.Object(
  {
    sagaId: Type.String({ description: 'A UUID.' }),
    name: Type.String(),
    version: Type.Integer(),
    ...entry,
  },
  { $id: 'FeedEntry', additionalProperties: false },
)
