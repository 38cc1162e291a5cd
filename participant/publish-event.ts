// Publishes an event about a change that no command asked for, such as one by the service's own
// REST interface. Events about a command go with its outcome instead.
import type { Tx } from '../messaging/db.ts'
import type { MessageId } from '../messaging/message.ts'
import { addToOutbox } from '../messaging/outbox.ts'
import type { DomainEvent } from './outcome.ts'

export type PublishEvent = {
  /** The service that tells it. */
  readonly source: string
  /** Unique per event; its consumers know a repeat by it. */
  readonly id: string
  readonly event: DomainEvent
  readonly time: Date
  readonly traceparent?: string
}

/** Publishes the event if, and only if, the transaction commits; at least once. */
export async function publishEvent(tx: Tx, options: PublishEvent): Promise<void> {
  const { source, id, event, time, traceparent } = options
  await addToOutbox(tx, [
    {
      id: id as MessageId,
      type: event.contract.name,
      source,
      topic: event.contract.topic,
      key: event.key ?? id,
      data: event.data,
      time,
      ...(traceparent !== undefined && { traceparent }),
    },
  ])
}
