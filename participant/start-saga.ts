// Starts a saga from a service, with a write of its own: the start goes
// into the outbox, in the service's own transaction, and the participant's relay publishes it.
import type { Tx } from '../messaging/db.ts'
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
  readonly traceparent?: string
}

/** Starts a saga if, and only if, the transaction commits. */
export async function startSaga(tx: Tx, start: StartSaga): Promise<void> {
  const { source, saga, key, input, traceparent } = start
  const message: Message = {
    id: `${saga}/${key}/start` as MessageId,
    type: 'sagaline.start-saga',
    source,
    topic: startsTopic,
    key,
    data: { saga, key, input },
    ...(traceparent !== undefined && { traceparent }),
  }
  await addToOutbox(tx, [message])
}
