// The records that the kit sends: commands as the orchestrator writes them, and what is changed in
// them on purpose.
import type { OutgoingRecord } from '../../messaging/bus.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { Direction, MessageId, SagaId } from '../../messaging/message.ts'
import { repliesTopic } from '../../messaging/topics.ts'
import type { Sample } from './sample.ts'

export type Command = {
  readonly sample: Sample
  readonly sagaId: string
  readonly direction: Direction
  readonly attempt: number
  readonly step: string
  readonly visit: number
  readonly payload: unknown
  readonly issuedAt: Date
  readonly deadline: Date
  readonly traceparent: string
}

export function idOf({ sagaId, step, direction, visit }: Command): MessageId {
  return `${sagaId}/${step}/${direction}/${visit}` as MessageId
}

/** An undo without a name is for a command that has one: checks see to that. */
export function nameOf({ sample, direction }: Command): string {
  return direction === 'do' ? sample.name : (sample.undo ?? sample.name)
}

export function toRecord(command: Command, topic: string): OutgoingRecord {
  const { sample, sagaId, payload, direction } = command
  const { attempt, step, visit, issuedAt, deadline, traceparent } = command
  const id = idOf(command)
  return encodeMessage({
    ...{ id, topic, direction, attempt, step, visit, issuedAt, deadline, traceparent },
    type: nameOf(command),
    source: 'sagaline',
    key: sagaId,
    data: sample.sealed(payload, id),
    sagaId: sagaId as SagaId,
    replyTo: repliesTopic,
  })
}

/** Headers more, changed, or (null) left out. */
export function withHeaders(
  record: OutgoingRecord,
  changes: Readonly<Record<string, string | Buffer | null>>,
): OutgoingRecord {
  const headers = Object.entries({ ...record.headers, ...changes }).filter(
    (entry): entry is [string, string | Buffer] => entry[1] !== null,
  )
  return { ...record, headers: Object.fromEntries(headers) }
}
