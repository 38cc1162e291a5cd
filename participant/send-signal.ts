// Sends a signal to a saga from a service, with a write of its own: it goes into the outbox, in
// the service's own transaction, and the participant's relay publishes it.
import type { Cipher } from '../messaging/cipher.ts'
import type { Tx } from '../messaging/db.ts'
import { encryptValue } from '../messaging/encrypted-fields.ts'
import type { Message, MessageId } from '../messaging/message.ts'
import { addToOutbox } from '../messaging/outbox.ts'
import { signalsTopic } from '../messaging/topics.ts'

export type SendSignal = {
  /** The service that sends it. */
  readonly source: string
  /** Of at most 200 characters. A second signal to the same saga with the same id changes nothing. */
  readonly id: string
  /** The saga's id, or its name and business key: then it is for the living one that has them. */
  readonly to: { readonly sagaId: string } | { readonly saga: string; readonly businessKey: string }
  /** The name of the signal; its data is checked against the definition by the orchestrator. */
  readonly signal: string
  readonly data: unknown
  /** The person who sends it; an approval must have one. */
  readonly actor?: string
  readonly traceparent?: string
  /** Encrypts the data on its way: needed where the signal's data has sensitive fields. */
  readonly cipher?: Cipher
}

/**
 * Sends a signal if, and only if, the transaction commits. The saga takes it once; signals to one
 * saga may overtake each other. One that the saga refuses, or whose saga is not there within some
 * ten seconds, is parked in the orchestrator's dead letters.
 * @throws ENCRYPTION_KEY_MISSING when the cipher has no key.
 */
export async function sendSignal(tx: Tx, options: SendSignal): Promise<void> {
  const { source, id, to, signal, data, actor, traceparent, cipher } = options
  const message: Message = {
    id: id as MessageId,
    type: 'sagaline.signal',
    source,
    topic: signalsTopic,
    key: 'sagaId' in to ? to.sagaId : to.businessKey,
    data: {
      ...to,
      signal,
      data: cipher ? encryptValue(cipher, data, id) : data,
      ...(actor !== undefined && { actor }),
    },
    ...(traceparent !== undefined && { traceparent }),
  }
  await addToOutbox(tx, [message])
}
