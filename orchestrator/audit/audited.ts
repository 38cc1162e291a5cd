// What the auditor looks at, as it was read: sagas with all that is kept about them, and what
// services keep about what they did for them.
import type { Json, SagaId } from '../../messaging/message.ts'
import type { Fact } from '../engine/event.ts'
import type { StoredSaga } from '../store/saga-rows.ts'

export type AuditedEntry = {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly status: string
  readonly state: Json
  /** As it is in the row: of a saga with sensitive fields it is encrypted. */
  readonly event: unknown
  readonly facts: readonly Fact[]
  /** Its messages are not known to be in Kafka. */
  readonly isPending: boolean
}

/** A child saga, which is the receipt of its parent's step. */
export type AuditedChild = {
  readonly step: string
  readonly visit: number
  readonly status: string
  readonly isRevoked: boolean
}

export type AuditedSaga = {
  readonly id: SagaId
  /** Null when the row makes no sense; then `problem` says why. */
  readonly stored: StoredSaga | null
  readonly problem: string | null
  readonly isEndDated: boolean
  /** Its row in `timers`, ms since the epoch. */
  readonly timerDueAt: number | null
  /** Its places in the queues of locks. */
  readonly places: readonly { readonly key: string; readonly isHolder: boolean }[]
  readonly history: readonly AuditedEntry[]
  readonly children: readonly AuditedChild[]
}

export type AuditedPage = {
  /** By the clock of the orchestrator's database, when it was read. */
  readonly now: number
  readonly sagas: readonly AuditedSaga[]
  /** Ids in a history that are of no saga. */
  readonly strayIds: readonly string[]
  /** Where the next page goes on; null after the last one. */
  readonly next: SagaId | null
}

export type ReceiptState = 'done' | 'refused' | 'undone' | 'blocked'

/** A row of a service's fence. */
export type Receipt = {
  /** The name that the service was given on the command line. */
  readonly service: string
  readonly sagaId: string
  readonly step: string
  readonly visit: number
  readonly state: ReceiptState
  /** The do was seen. */
  readonly hasDo: boolean
  /** So old that what follows from it must have come about. */
  readonly isSettled: boolean
}
