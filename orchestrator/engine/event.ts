// What can happen to a saga, and what `advance` decides then.
import type { CommandContract } from '../../messaging/contract.ts'
import type {
  CommandKey,
  Direction,
  Json,
  MessageId,
  ReplyOutcome,
  SagaId,
} from '../../messaging/message.ts'
import type { Saga } from './saga.ts'

export type Started = { readonly type: 'started'; readonly sagaId: SagaId; readonly input: Json }

export type Replied = {
  readonly type: 'replied'
  /** The command that is answered. */
  readonly commandId: MessageId
  readonly outcome: ReplyOutcome
  readonly attempt: number
  /** The reply, the reason of the refusal, or the technical error. */
  readonly data: Json
}

/** Some moment that the saga waits for may have come; `advance` looks which. */
export type Woken = { readonly type: 'woken' }

/** A person tells a stuck saga to try again. */
export type Retried = { readonly type: 'retried'; readonly actor: string; readonly reason: string }

export type SagaEvent = Started | Replied | Woken | Retried

/** One thing that came to be; history rows and timelines are made of them. */
export type Fact = {
  readonly type: FactType
  readonly step?: string
  readonly visit?: number
  readonly direction?: Direction
  readonly attempt?: number
  /** Reasons, errors, and who did it. */
  readonly detail?: Json
}

export type FactType =
  | 'saga.started'
  | 'saga.compensating'
  | 'saga.completed'
  | 'saga.compensated'
  | 'saga.stuck'
  | 'saga.retried'
  | 'command.sent'
  | 'step.succeeded'
  | 'step.refused'
  | 'step.failed'
  | 'step.timed-out'
  | 'step.unknown'
  | 'undo.succeeded'
  | 'undo.refused'
  | 'undo.failed'
  | 'undo.timed-out'
  | 'timer.fired'
  | 'reply.late'
  | 'reply.duplicate'
  | 'reply.foreign'
  | 'reply.malformed'

export type CommandToSend = CommandKey & {
  readonly id: MessageId
  readonly contract: CommandContract
  readonly attempt: number
  readonly payload: Json
  readonly issuedAt: number
  readonly deadline: number
}

export type Advance = {
  readonly saga: Saga
  readonly commands: readonly CommandToSend[]
  /** Empty when the event had nothing to say, e.g. a wake-up with nothing due. */
  readonly facts: readonly Fact[]
  /** When the saga must be woken at the latest, or null. */
  readonly wakeAt: number | null
  /** Why the event cannot be used, for the dead letters or the operator; it changed nothing. */
  readonly problem: string | null
}
