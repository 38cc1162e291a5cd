// The schema of a message of a saga as it is shown.
import { Type } from 'typebox'
import type { Json } from '../../../messaging/message.ts'
import { Time } from './saga-schemas.ts'

const TextOrNull = (description?: string) =>
  Type.Unsafe<string | null>({ type: ['string', 'null'], ...(description && { description }) })
const IntegerOrNull = Type.Unsafe<number | null>({ type: ['integer', 'null'] })

export const SagaMessageSchema = Type.Object(
  {
    seq: Type.Integer({ description: 'Of the history entry that it belongs to.' }),
    at: Time,
    kind: Type.Enum(['start', 'command', 'reply', 'signal'], {
      type: 'string',
      description: 'Commands go out; the others come in.',
    }),
    type: Type.String({ description: 'The command or signal; of a reply, what it answers.' }),
    topic: TextOrNull(),
    step: TextOrNull(),
    visit: IntegerOrNull,
    direction: Type.Unsafe<'do' | 'undo' | null>({ enum: ['do', 'undo', null] }),
    attempt: IntegerOrNull,
    outcome: Type.Unsafe<'succeeded' | 'refused' | 'failed' | null>({
      enum: ['succeeded', 'refused', 'failed', null],
    }),
    messageId: TextOrNull('Of a reply the id of the command that it answers.'),
    actor: TextOrNull('Who sent the signal.'),
    traceId: TextOrNull('The trace that it stood in; of a command known once it is answered.'),
    data: Type.Unsafe<Json>({ description: 'What is sensitive is masked.' }),
  },
  { $id: 'SagaMessage', additionalProperties: false },
)
