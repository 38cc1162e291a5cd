// Starting sagas: what is asked and what is answered, over REST and over Kafka alike.
import type { Json, SagaId } from '../../messaging/message.ts'

export type StartRequest = {
  readonly name: string
  readonly input: Json
  /** The same key with the same body gives the same saga, for as long as its row lives. */
  readonly idempotencyKey: string | null
}

export type StartResult = {
  readonly id: SagaId
  /** False when the key was known: the saga of the first request is answered. */
  readonly isNew: boolean
}
