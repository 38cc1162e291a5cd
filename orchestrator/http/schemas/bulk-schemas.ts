// The schemas of bulk jobs: what may be asked for, what a dry run shows, how far a job has come.
import { Type } from 'typebox'
import type { Verb } from '../../engine/event.ts'
import type { BulkStatus } from '../../store/bulk-jobs.ts'
import { verbWords } from '../verb-words.ts'
import { filterFields } from './list-schemas.ts'
import { Time } from './saga-schemas.ts'

/** Ids that a filter may name, for what a person selected in a list. */
const idsMax = 500
const perSecondMax = 1_000
export const perSecondDefault = 25

const VerbName = Type.Unsafe<Verb>({ type: 'string', enum: Object.keys(verbWords) })
const TimeOrNull = Type.Unsafe<Date | null>({ type: ['string', 'null'], format: 'date-time' })
const TextOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'] })

export const BulkBody = Type.Object(
  {
    verb: VerbName,
    step: Type.Optional(
      Type.String({ minLength: 1, maxLength: 200, description: 'Of a skip, which needs one.' }),
    ),
    effect: Type.Optional(
      Type.Enum(['done', 'none'], { type: 'string', description: 'Of a skip, which needs one.' }),
    ),
    filter: Type.Object(
      {
        ...filterFields,
        ids: Type.Optional(
          Type.Array(Type.String({ maxLength: 40 }), {
            minItems: 1,
            maxItems: idsMax,
            description: 'Only these sagas.',
          }),
        ),
      },
      {
        additionalProperties: false,
        minProperties: 1,
        description: 'As in the list of sagas; all of it must fit.',
      },
    ),
    actor: Type.String({ minLength: 1, maxLength: 200, description: 'Who does it.' }),
    reason: Type.String({ minLength: 1, maxLength: 1_000, description: 'Why.' }),
    perSecond: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: perSecondMax,
        default: perSecondDefault,
        description: 'Sagas that are told in a second, at the most.',
      }),
    ),
    sagasMax: Type.Optional(
      Type.Integer({
        minimum: 1,
        description:
          'No job is made if more than these fit by then, e.g. as many as a dry run told.',
      }),
    ),
    dryRun: Type.Optional(
      Type.Boolean({ default: true, description: 'Only tells what would be, unless false.' }),
    ),
  },
  { additionalProperties: false, description: 'Actor and reason are kept in each history.' },
)

export const BulkPreviewSchema = Type.Object(
  {
    total: Type.Integer({ description: 'Sagas that fit; 50001: more than a job may have.' }),
    sample: Type.Immutable(
      Type.Array(
        Type.Object(
          {
            sagaId: Type.String({ description: 'A UUID.' }),
            sagaName: Type.String(),
            outcome: Type.Enum(['acts', 'no-change', 'refused', 'unknown'], { type: 'string' }),
            refusal: Type.Union(
              [
                Type.Object(
                  { code: Type.String(), detail: Type.String() },
                  { additionalProperties: false },
                ),
                Type.Null(),
              ],
              { description: 'Why it would be refused.' },
            ),
            commands: Type.Unsafe<readonly string[] | null>({
              type: ['array', 'null'],
              items: { type: 'string' },
              description: 'What it would send: step and direction.',
            }),
          },
          { additionalProperties: false },
        ),
        { description: 'The newest of them, as they stand.' },
      ),
    ),
  },
  { $id: 'BulkPreview', additionalProperties: false, description: 'Nothing was done.' },
)

const job = {
  id: Type.String({ description: 'A UUID.' }),
  verb: VerbName,
  step: TextOrNull,
  effect: TextOrNull,
  filter: Type.Unsafe<Readonly<Record<string, unknown>>>({
    type: 'object',
    additionalProperties: true,
  }),
  actor: Type.String(),
  reason: Type.String(),
  perSecond: Type.Integer(),
  status: Type.Unsafe<BulkStatus>({
    type: 'string',
    enum: ['running', 'cancelling', 'done', 'cancelled'],
  }),
  total: Type.Integer({ description: 'Of its sagas, which were fixed when it was made.' }),
  createdAt: Time,
  endedAt: TimeOrNull,
}

export const BulkJobSchema = Type.Object(job, { $id: 'BulkJob', additionalProperties: false })

export const BulkProgressSchema = Type.Object(
  {
    ...job,
    counts: Type.Unsafe<Readonly<Record<string, number>>>({
      type: 'object',
      additionalProperties: { type: 'integer' },
      description:
        'Sagas by outcome: `done`, `open`, `left` by a cancel, or the code of a refusal.',
    }),
  },
  { $id: 'BulkProgress', additionalProperties: false, description: 'As far as it has come.' },
)

export const BulkItemSchema = Type.Object(
  {
    position: Type.Integer(),
    sagaId: Type.String({ description: 'A UUID.' }),
    sagaName: Type.String(),
    outcome: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'Null: not yet. `done`, `left`, or the code of a refusal.',
    }),
    detail: TextOrNull,
    at: TimeOrNull,
  },
  { $id: 'BulkItem', additionalProperties: false },
)
