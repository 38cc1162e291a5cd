// The schemas of what verbs would do, and of what became of a signal.
import { Type } from 'typebox'
import type { SagaId } from '../../../messaging/message.ts'
import type { Verb } from '../../engine/event.ts'
import type { SagaStatus } from '../../engine/saga.ts'
import { verbWords } from '../verb-words.ts'
import { statuses } from './saga-schemas.ts'

const verbs = Object.keys(verbWords) as Verb[]

const PossibleVerbSchema = Type.Object(
  {
    verb: Type.Unsafe<Verb>({ type: 'string', enum: verbs }),
    does: Type.String({ description: 'In words.' }),
    step: Type.Unsafe<string | null>({ type: ['string', 'null'], description: 'Of a skip.' }),
    visit: Type.Unsafe<number | null>({ type: ['integer', 'null'] }),
    effect: Type.Unsafe<'done' | 'none' | null>({ enum: ['done', 'none', null] }),
    outcome: Type.Unsafe<'acts' | 'no-change' | 'refused'>({
      type: 'string',
      enum: ['acts', 'no-change', 'refused'],
      description: 'no-change: the saga is there already.',
    }),
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
    needsOutput: Type.Boolean({ description: 'What follows depends on the output given with it.' }),
    status: Type.Unsafe<SagaStatus | null>({
      enum: [...statuses, null],
      description: 'The status after it.',
    }),
    commands: Type.Unsafe<readonly string[] | null>({
      type: ['array', 'null'],
      items: { type: 'string' },
      description: 'What it would send: step and direction.',
    }),
  },
  { additionalProperties: false },
)

const UndoPlanSchema = Type.Object(
  {
    status: Type.Unsafe<'compensating' | 'stuck'>({
      type: 'string',
      enum: ['compensating', 'stuck'],
      description: 'stuck: it is past its point of no return, so a person would have to look.',
    }),
    commands: Type.Immutable(
      Type.Array(
        Type.Object(
          {
            step: Type.String(),
            visit: Type.Integer(),
            command: Type.String({ description: 'What takes the step back.' }),
            isUncertain: Type.Boolean({
              description: 'It is not known whether the step was done, so it would be undone.',
            }),
          },
          { additionalProperties: false },
        ),
        { description: 'In the order in which they would be sent, each after the answer before.' },
      ),
    ),
  },
  { additionalProperties: false },
)

export const PossibleVerbsSchema = Type.Object(
  {
    items: Type.Union([Type.Array(PossibleVerbSchema), Type.Null()], {
      description: "Null where this server does not have the saga's definition.",
    }),
    ifItFailed: Type.Union([UndoPlanSchema, Type.Null()], {
      description: 'What would follow if it turned back now; null once it has ended.',
    }),
  },
  { $id: 'PossibleVerbs', additionalProperties: false, description: 'Nothing was done.' },
)

export const SignalResultSchema = Type.Object(
  {
    sagaId: Type.Unsafe<SagaId>({ type: 'string', description: 'The saga that has it.' }),
    outcome: Type.Unsafe<'delivered' | 'kept' | 'repeated'>({
      type: 'string',
      enum: ['delivered', 'kept', 'repeated'],
      description:
        'kept until a state waits for it; repeated: its id was known, and it changed nothing.',
    }),
  },
  { $id: 'SignalResult', additionalProperties: false },
)
