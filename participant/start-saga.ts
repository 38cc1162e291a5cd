// Starts a saga from a service, with a write of its own: the start goes
// into the outbox, in the service's own transaction, and the participant's relay publishes it.
import type { Cipher } from '../messaging/cipher.ts'
import type { Tx } from '../messaging/db.ts'
import { encryptValue } from '../messaging/encrypted-fields.ts'
import type { Message, MessageId } from '../messaging/message.ts'
import { addToOutbox } from '../messaging/outbox.ts'
import { startsTopic } from '../messaging/topics.ts'

export type StartSaga = {
  /** The service that starts it. */
  readonly source: string
  /** The name of the saga's definition. */
  readonly saga: string
  /** The idempotency key: a second start with the same saga and key starts nothing. */
  readonly key: string
  /** Checked against the definition by the orchestrator. */
  readonly input: unknown
  /** For later, at most ten years ahead; one in the past is now. */
  readonly startAt?: Date
  readonly traceparent?: string
  /** Encrypts the input on its way: needed where the saga's input has sensitive fields. */
  readonly cipher?: Cipher
}

/**
 * Starts a saga if, and only if, the transaction commits.
 * @throws ENCRYPTION_KEY_MISSING when the cipher has no key.
 */
export async function startSaga(tx: Tx, start: StartSaga): Promise<void> {
  const { source, saga, key, input, startAt, traceparent, cipher } = start
  const id = `${saga}/${key}/start` as MessageId
  const message: Message = {
    id,
    type: 'sagaline.start-saga',
    source,
    topic: startsTopic,
    key,
    data: {
      saga,
      key,
      input: cipher ? encryptValue(cipher, input, id) : input,
      ...(startAt !== undefined && { startAt: startAt.toISOString() }),
    },
    ...(traceparent !== undefined && { traceparent }),
  }
  await addToOutbox(tx, [message])
}
