// What readers see of a saga: REST, the command line and tests. Payloads and context stay inside.
import type { Direction, Json, SagaId } from '../../messaging/message.ts'
import type { Fact } from '../engine/event.ts'
import type { SagaStatus } from '../engine/saga.ts'

export type StepView = {
  readonly name: string
  readonly visit: number
  readonly outcome: 'pending' | 'done' | 'refused' | 'unknown'
  readonly undo: 'none' | 'pending' | 'done'
  readonly attempts: number
  readonly attemptsMax: number
  /** The next resend or verdict. */
  readonly dueAt: Date | null
  readonly issuedAt: Date
  readonly error: Json
}

export type TroubleView = {
  readonly step: string | null
  readonly visit: number
  readonly direction: Direction
  readonly reason: Json
}

export type SagaSummary = {
  readonly id: SagaId
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  readonly businessKey: string | null
  /** XState's state value. */
  readonly state: Json
  readonly startedAt: Date
  readonly updatedAt: Date
  readonly endedAt: Date | null
}

export type SagaView = SagaSummary & {
  readonly revision: number
  readonly steps: readonly StepView[]
  /** When the engine looks at the saga by itself again. */
  readonly nextTimerAt: Date | null
  readonly failure: TroubleView | null
  readonly stuck: TroubleView | null
}

/** One entry of a saga's history: the event that came, and what came to be. */
export type HistoryView = {
  readonly seq: number
  readonly at: Date
  readonly type: string
  /** The state value and status after the event. */
  readonly state: Json
  readonly status: SagaStatus
  readonly facts: readonly Fact[]
}

export type SagaFilter = {
  readonly name: string | null
  readonly status: SagaStatus | null
  readonly businessKey: string | null
  /** Sagas started before this one: the list is newest first. */
  readonly before: SagaId | null
  readonly limit: number
}
