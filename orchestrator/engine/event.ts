// What can happen to a saga, and what `advance` decides then.
import type { CommandContract } from '../../messaging/contract.ts'
import type { SagalineError } from '../../messaging/errors.ts'
import type {
  CommandKey,
  Direction,
  Json,
  MessageId,
  ReplyOutcome,
  SagaId,
} from '../../messaging/message.ts'
import type { Parent, Saga } from './saga.ts'
import type { ChartTimer } from './statechart.ts'

/** What brought it is in this trace (W3C `traceparent`); left out where nothing is traced. */
type Traced = { readonly traceparent?: string }

export type Started = {
  readonly type: 'started'
  readonly sagaId: SagaId
  readonly input: Json
  /** For later: ms since the epoch. */
  readonly startAt?: number
  readonly parent?: Parent
  /** The key of the person whose data it is. */
  readonly subjectKey?: string
} & Traced

/** It holds every semantic lock that it asked for. */
export type Locked = { readonly type: 'locked' }

export type Replied = {
  readonly type: 'replied'
  /** The command that is answered. */
  readonly commandId: MessageId
  readonly outcome: ReplyOutcome
  readonly attempt: number
  /** The reply, the reason of the refusal, or the technical error. */
  readonly data: Json
} & Traced

/** Some moment that the saga waits for may have come; `advance` looks which. */
export type Woken = { readonly type: 'woken' }

export type Signalled = {
  readonly type: 'signalled'
  /** A second one with the same id changes nothing. */
  readonly id: string
  readonly name: string
  readonly data: Json
  readonly actor: string | null
} & Traced

/** The saga that started this one takes it back. */
export type Revoked = { readonly type: 'revoked'; readonly commandId: MessageId }

type By = {
  /** A second request with the same id changes nothing. */
  readonly requestId: string
  readonly actor: string
  readonly reason: string
}

/** What a person tells a saga. */
export type Operated = { readonly type: 'operated' } & By &
  Traced &
  (
    | { readonly verb: 'retry' | 'abandon' | 'cancel' | 'terminate' | 'pause' | 'resume' }
    | {
        readonly verb: 'skip'
        readonly step: string
        /** The parked one of that name when left out. */
        readonly visit?: number
        /** What the person found, or did by hand: the effect is there, or it is not. */
        readonly effect: 'done' | 'none'
        /** Stands for the reply of a do whose effect is there. */
        readonly output?: Json
      }
  )

export type Verb = Operated['verb']

/** The saga goes on with another version of its definition, from this state. */
export type Migrated = {
  readonly type: 'migrated'
  readonly requestId: string
  readonly actor: string
  readonly reason: string
  readonly from: number
  readonly to: number
  readonly value: Json
  readonly context: Json
  /** Of its states in the new version, those that it lacks: set as if it entered the states now. */
  readonly timers?: readonly ChartTimer[]
  /** When it must have ended, where only the new version says so. */
  readonly deadlineAt?: number
}

export type SagaEvent =
  | Started
  | Locked
  | Replied
  | Woken
  | Signalled
  | Revoked
  | Operated
  | Migrated

/** One thing that came to be; history rows, timelines and lifecycle events are made of them. */
export type Fact = {
  readonly type: FactType
  /** Its number among the saga's lifecycle events; `command.sent` goes with the one before. */
  readonly seq?: number
  readonly step?: string
  readonly visit?: number
  readonly direction?: Direction
  readonly attempt?: number
  /** Reasons, errors, and who did it. */
  readonly detail?: Json
}

export type FactType =
  | 'saga.scheduled'
  | 'saga.waiting'
  | 'saga.started'
  | 'saga.overdue'
  | 'saga.compensating'
  | 'saga.completed'
  | 'saga.compensated'
  | 'saga.stuck'
  | 'saga.flagged'
  | 'saga.retried'
  | 'saga.abandoned'
  | 'saga.cancelled'
  | 'saga.terminated'
  | 'saga.paused'
  | 'saga.resumed'
  | 'saga.revoked'
  | 'saga.migrated'
  | 'command.sent'
  | 'step.succeeded'
  | 'step.refused'
  | 'step.failed'
  | 'step.timed-out'
  | 'step.unknown'
  | 'step.skipped'
  | 'undo.succeeded'
  | 'undo.refused'
  | 'undo.failed'
  | 'undo.timed-out'
  | 'undo.skipped'
  | 'timer.fired'
  | 'signal.kept'
  | 'signal.delivered'
  | 'signal.dropped'
  | 'approval.escalated'
  | 'event.held'
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

/** What a child saga answers to the step of its parent. */
export type ReplyToSend = {
  readonly parent: Parent
  readonly commandId: MessageId
  readonly direction: Direction
  readonly attempt: number
  readonly outcome: ReplyOutcome
  readonly data: Json
}

export type Advance = {
  readonly saga: Saga
  readonly commands: readonly CommandToSend[]
  readonly replies: readonly ReplyToSend[]
  /** Empty when the event had nothing to say, e.g. a wake-up with nothing due. */
  readonly facts: readonly Fact[]
  /** When the saga must be woken at the latest, or null. */
  readonly wakeAt: number | null
  /** Why the event cannot be used, for the dead letters or the operator; it changed nothing. */
  readonly problem: SagalineError | null
}
