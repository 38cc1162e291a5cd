// Publishes an event about a change that no command asked for, such as one by the service's own
// REST interface. Events about a command go with its outcome instead.
import { type Cipher, noKeys } from '../messaging/cipher.ts'
import type { Tx } from '../messaging/db.ts'
import { encryptFields } from '../messaging/encrypted-fields.ts'
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
  /** Needed for an event with sensitive fields. */
  readonly cipher?: Cipher
}

/**
 * Publishes the event if, and only if, the transaction commits; at least once.
 * @throws ENCRYPTION_KEY_MISSING for an event with sensitive fields and no key.
 */
export async function publishEvent(tx: Tx, options: PublishEvent): Promise<void> {
  const { source, id, event, time, traceparent, cipher = noKeys } = options
  const { contract } = event
  await addToOutbox(tx, [
    {
      id: id as MessageId,
      type: contract.name,
      source,
      topic: contract.topic,
      key: event.key ?? id,
      data: encryptFields(cipher, contract.data, { data: event.data, boundTo: id }),
      time,
      ...(traceparent !== undefined && { traceparent }),
    },
  ])
}
