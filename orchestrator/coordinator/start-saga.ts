// Starting sagas: what is asked and what is answered, over REST, over Kafka and by parents.
import type { Json, MessageId, SagaId } from '../../messaging/message.ts'
import type { Parent } from '../engine/saga.ts'

export type StartRequest = {
  readonly name: string
  readonly input: Json
  /** The same key with the same body gives the same saga, for as long as its row lives. */
  readonly idempotencyKey: string | null
  /** For later, in ms since the epoch; one in the past is now. */
  readonly startAt?: number
  /** The trace that it is a part of; told only where something is traced. */
  readonly traceparent?: string
}

export type StartResult = {
  readonly id: SagaId
  /** False when the key was known: the saga of the first request is answered. */
  readonly isNew: boolean
}

/** What the step of another saga asks for. */
export type ChildStart = {
  readonly id: SagaId
  readonly parent: Parent
  readonly input: Json
  /** Set where the parent takes it back before it began: then it must never begin. */
  readonly undoCommandId: MessageId | null
  /** Of the command that asks for it. */
  readonly traceparent?: string
}
