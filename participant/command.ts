// A command as a handler sees it.
import type { MessageId, SagaId } from '../messaging/message.ts'

export type Command<Payload = unknown> = {
  readonly sagaId: SagaId
  readonly step: string
  /** Counts how often the saga came to this step, from 1. */
  readonly visit: number
  /** Counts sendings of this same command, from 1. */
  readonly attempt: number
  /** The same for every sending: fit as the idempotency key of a call to the outside. */
  readonly id: MessageId
  readonly payload: Payload
  /** When the `do` of this step and visit was first issued. */
  readonly issuedAt: Date
  /** When the saga stops waiting for this sending. Never a reason to skip the work. */
  readonly deadline: Date | null
  readonly traceparent: string | null
}
