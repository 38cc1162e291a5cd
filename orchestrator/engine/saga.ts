// The state of one saga, as plain JSON: what `advance` takes and gives, what the store keeps.
// Times are milliseconds since the epoch, by the clock of Postgres.
import type { Direction, Json, SagaId } from '../../messaging/message.ts'

/**
 * - `running`: going forward. `compensating`: undoing in reverse order.
 * - `stuck`: a person must look; nothing more is sent by itself, a late answer still counts.
 * - `completed`, `compensated`: the end; nothing moves it any more.
 */
export type SagaStatus = 'running' | 'compensating' | 'stuck' | 'completed' | 'compensated'

/** One visit of one step. A step that is entered again gets a new one. */
export type StepState = {
  readonly name: string
  readonly visit: number
  /** `unknown` may have been done, so it is undone as well. */
  readonly outcome: 'pending' | 'done' | 'refused' | 'unknown'
  readonly undo: 'none' | 'pending' | 'done'
  /** Sendings of the direction that is pending, or was last. */
  readonly attempts: number
  readonly attemptsMax: number
  /** True between a technical failure and the next sending; without `dueAt` it is parked: only a
   * person or a late answer moves it on. */
  readonly isPaused: boolean
  /** When the next sending or the verdict is due; null when nothing is waited for by time. */
  readonly dueAt: number | null
  readonly issuedAt: number
  /** Of the do, and by default of the undo; kept until the end, so that a resend is the same. */
  readonly payload: Json
  /** The last refusal or technical error. */
  readonly error: Json
}

/** A durable `after` of the statechart. */
export type TimerState = { readonly id: string; readonly dueAt: number; readonly event: string }

/** Why the saga turned back, or where it is stuck (one of the places, if there are several). */
export type Trouble = {
  readonly step: string | null
  readonly visit: number
  readonly direction: Direction
  readonly reason: Json
}

export type Saga = {
  readonly id: SagaId
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  /** XState's state value, context and history value. */
  readonly value: Json
  readonly context: Json
  readonly historyValue: Json
  /** In the order they were entered: compensation goes through them backwards. */
  readonly steps: readonly StepState[]
  readonly timers: readonly TimerState[]
  /** Set once the saga turned back. */
  readonly failure: Trouble | null
  /** Set while it is stuck. */
  readonly stuck: Trouble | null
  /** The number of its history entries. */
  readonly revision: number
}

export function isEnded(saga: Pick<Saga, 'status'>): boolean {
  return saga.status === 'completed' || saga.status === 'compensated'
}
