// What is on the topic `sagaline.events`: the data of a lifecycle event as a schema and a type,
// and how a record becomes one. For the consumers of the topic.
import { type Static, Type } from 'typebox'
import type { IncomingRecord } from '../../messaging/bus.ts'
import { createCheck } from '../../messaging/check.ts'
import { type Cipher, noKeys } from '../../messaging/cipher.ts'
import { decodeMessage } from '../../messaging/envelope.ts'
import type { Direction, Json, SagaId } from '../../messaging/message.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import type { FactType } from '../engine/event.ts'
import type { SagaStatus } from '../engine/saga.ts'
import { EntrySchema, openEntry, SealedEntrySchema } from './event-entry.ts'

const Anything = (description: string) => Type.Unsafe<Json>({ description })
const Count = Type.Integer({ minimum: 1 })
const DirectionName = Type.Unsafe<Direction>({ type: 'string', enum: ['do', 'undo'] })

const Sending = Type.Object({
  step: Type.String(),
  visit: Count,
  direction: DirectionName,
  attempt: Count,
})

/**
 * The data of a lifecycle event as JSON Schema. Later versions may add properties, so unknown ones
 * are to be ignored.
 */
export const LifecycleDataSchema = Type.Object({
  saga: Type.Object({
    name: Type.String(),
    version: Type.Integer(),
    businessKey: Type.Union([Type.String(), Type.Null()]),
    parent: Type.Optional(
      Type.Object(
        { sagaId: Type.String(), step: Type.String(), visit: Count },
        { description: 'The step of another saga that this one carries out.' },
      ),
    ),
  }),
  seq: Type.Integer({ minimum: 1, description: 'Without gaps in a saga, from 1.' }),
  revision: Type.Integer({
    minimum: 1,
    description: 'The history entry that it belongs to; several events can share one.',
  }),
  status: Type.Unsafe<SagaStatus>({ type: 'string', description: 'After the whole entry.' }),
  state: Anything('The state of the statechart, after the whole entry.'),
  step: Type.Optional(Type.String()),
  visit: Type.Optional(Type.Integer()),
  direction: Type.Optional(DirectionName),
  attempt: Type.Optional(Type.Integer()),
  detail: Type.Optional(Anything('Reasons, errors, and who did it.')),
  sent: Type.Optional(
    Type.Immutable(Type.Array(Sending, { description: 'The commands that followed.' })),
  ),
  entry: Type.Optional(
    Type.Union([EntrySchema, SealedEntrySchema], {
      description: 'On the first event of an entry: what `advance` was given.',
    }),
  ),
  entryOmitted: Type.Optional(
    Type.Literal(true, { description: 'It would not fit into a message: see the history.' }),
  ),
  detailOmitted: Type.Optional(
    Type.Literal(true, { description: 'Nor would `detail`, `sent` and `state`.' }),
  ),
})

/** The data of a lifecycle event. */
export type LifecycleData = Readonly<Static<typeof LifecycleDataSchema>>

/** One thing that came to be of a saga, as told on `sagaline.events`. */
export type LifecycleEvent = {
  /** `<saga id>/event/<seq>`: a repeat has the same. */
  readonly id: string
  readonly type: FactType
  readonly sagaId: SagaId
  readonly time: Date
  readonly data: LifecycleData
}

const checkData = createCheck(LifecycleDataSchema)

/**
 * Reads a record of `sagaline.events`, with header values as bytes. Never throws: what is no
 * lifecycle event comes back with its problem. Events come at least once and in any order, so sort
 * and sift them by `sagaId` and `data.seq`; `foldSagaEvents` does.
 *
 * Of a saga with sensitive fields `data.entry` comes in plain when the cipher has its key; else it
 * stays encrypted, and the event can be folded all the same.
 */
export function readLifecycleEvent(
  record: Pick<IncomingRecord, 'key' | 'value' | 'headers'>,
  cipher: Cipher = noKeys,
): LifecycleEvent | { readonly problem: string } {
  const { key, value, headers } = record
  const place = { topic: eventsTopic, partition: 0, offset: 0n, timestamp: new Date(0) }
  const message = decodeMessage({ ...place, key, value, headers }, null)
  if ('problem' in message) return { problem: message.problem }
  const { id, type, sagaId, time, data } = message
  if (sagaId === undefined || time === undefined) return { problem: 'it names no saga or no time' }
  const problem = checkData(data)
  if (problem !== null) return { problem: `its data does not fit: ${problem}` }
  const event = { id, type: type as FactType, sagaId, time, data: data as LifecycleData }
  return withPlainEntry(event, cipher)
}

function withPlainEntry(event: LifecycleEvent, cipher: Cipher): LifecycleEvent {
  const { id, data } = event
  if (data.entry === undefined || 'event' in data.entry) return event
  const entry = openEntry({ id, entry: data.entry }, cipher)
  return 'error' in entry ? event : { ...event, data: { ...data, entry } }
}
