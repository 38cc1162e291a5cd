// The schema of the vitals: how the engine is at the moment.
import { Type } from 'typebox'
import { Time } from './saga-schemas.ts'

const OldestSaga = Type.Object(
  { id: Type.String(), name: Type.String(), startedAt: Time },
  { additionalProperties: false },
)

export const VitalsSchema = Type.Object(
  {
    consumerLag: Type.Unsafe<Readonly<Record<string, number>>>({
      type: 'object',
      additionalProperties: { type: 'integer' },
      description:
        'By topic, the records that the orchestrators have not marked as done; marks are a second ' +
        'old. A topic that Kafka does not tell of now is left out.',
    }),
    outboxAgeMs: Type.Unsafe<number | null>({
      type: ['integer', 'null'],
      description:
        'The age of the oldest message that is committed and not known to be in Kafka; null when ' +
        'there is none. Half a second is usual under load.',
    }),
    publishBatches: Type.Integer({
      description: 'Transactions with such messages; 10,000 stands for that or more.',
    }),
    oldestSaga: Type.Unsafe<{ id: string; name: string; startedAt: Date } | null>({
      ...{ anyOf: [OldestSaga, { type: 'null' }] },
      description: 'Of those that have not ended, as far as the read model has come.',
    }),
    inFlight: Type.Unsafe<Readonly<Record<string, number>>>({
      type: 'object',
      additionalProperties: { type: 'integer' },
      description:
        'How many sagas have not ended, by status; as far as the read model has come. Statuses ' +
        'without any are left out.',
    }),
  },
  { $id: 'Vitals', additionalProperties: false, description: 'Up to a second old.' },
)
