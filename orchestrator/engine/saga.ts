// The state of one saga, as plain JSON: what `advance` takes and gives, what the store keeps.
// Times are milliseconds since the epoch, by the clock of Postgres.
import type { Direction, Json, MessageId, SagaId } from '../../messaging/message.ts'
import type { SagaEvent } from './event.ts'

/**
 * - `scheduled`: its start is for later. `waiting`: it waits for its semantic locks.
 * - `running`: going forward. `compensating`: settling what is under way, then undoing in reverse.
 * - `stuck`: a person must look. What is parked is not sent again by itself, though a late answer
 *   still counts; what stands beside it goes on.
 * - `paused`: a person holds it; what comes is kept, nothing is sent.
 * - `completed`, `compensated`, `abandoned`, `terminated`: the end. Only the parent of a completed
 *   child can still have it undone.
 */
export type SagaStatus =
  | 'scheduled'
  | 'waiting'
  | 'running'
  | 'compensating'
  | 'stuck'
  | 'paused'
  | 'completed'
  | 'compensated'
  | 'abandoned'
  | 'terminated'

/** One visit of one step. A step that is entered again gets a new one. */
export type StepState = {
  readonly name: string
  readonly visit: number
  /** `unknown` may have been done, so it is undone as well; `skipped` was not done, by a person's
   * word. */
  readonly outcome: 'pending' | 'done' | 'refused' | 'unknown' | 'skipped'
  /** `skipped`: its effect stays, by a person's word. */
  readonly undo: 'none' | 'pending' | 'done' | 'skipped'
  /** Sendings of the direction that is pending, or was last. */
  readonly attempts: number
  readonly attemptsMax: number
  /** True between a technical failure and the next sending; without `dueAt` it is parked: only a
   * person or a late answer moves it on. */
  readonly isPaused: boolean
  /** When the next sending or the verdict is due; null when nothing is waited for by time. */
  readonly dueAt: number | null
  readonly issuedAt: number
  /** When the direction that is pending must be settled, whatever attempts are left. */
  readonly deadlineAt?: number
  /** The invoke is `<name>#<lane>`: one of several that do the same step side by side. */
  readonly lane?: number
  /** Where it stands among steps of parallel branches; see `undo-order.ts`. */
  readonly order?: readonly number[]
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

/** The step of another saga that this one carries out; its end is the reply to that. */
export type Parent = {
  readonly sagaId: SagaId
  readonly step: string
  readonly visit: number
  /** The parent's command, answered at the end. */
  readonly commandId: MessageId
  /** The sending of it that started this saga. */
  readonly attempt: number
  readonly replyTo: string
}

/** A signal that no state has waited for so far. */
export type KeptSignal = {
  readonly id: string
  readonly name: string
  readonly data: Json
  readonly actor: string | null
  /** Where it came during a pause: how much had been held before it. */
  readonly heldBefore?: number
}

/** What the saga was doing when it was paused, and who holds it. */
export type Pause = {
  readonly was: SagaStatus
  readonly actor: string
  readonly reason: string
  readonly since: number
}

/** Where traces of a saga are linked to, each as W3C `traceparent`. */
export type SagaTrace = {
  /** What started it. */
  readonly start: string
  /** What moved it last. */
  readonly last: string
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
  /** The number of its lifecycle events. */
  readonly sequence: number
  /** Kept until its statechart starts: then it is in the context. */
  readonly input: Json
  /** When a scheduled saga starts, or a waiting one gives up; null otherwise. */
  readonly startDueAt: number | null
  /** When it began, where that was later than its start was taken; null otherwise. */
  readonly begunAt: number | null
  /** When it must have ended; null without a limit, and once the limit has struck. */
  readonly deadlineAt: number | null
  /** Keys of semantic locks, sorted: held or waited for until the end. */
  readonly locks: readonly string[]
  readonly parent: Parent | null
  /** The parent's command to undo it, answered once it is compensated. */
  readonly undoCommandId: MessageId | null
  /** By parallel state: how many steps had been entered when it was. */
  readonly groups: Readonly<Record<string, number>>
  readonly signals: readonly KeptSignal[]
  /** Ids of signals and of operators' requests that were taken: a repeat changes nothing. */
  readonly taken: readonly string[]
  readonly pause: Pause | null
  /** What came while it was paused, in order. */
  readonly held: readonly SagaEvent[]
  /** What a person must look at, though nothing waits for it: effects that stayed. */
  readonly flags: readonly Trouble[]
  /** The statechart has completed; what was left on its way is undone before the saga has. */
  readonly isFinishing: boolean
  /** Of the statechart, once it has completed. */
  readonly output: Json
  /** Null where nothing is traced. */
  readonly trace: SagaTrace | null
  /** The id of the key that its data is encrypted with: that of a person. Null: that of all. */
  readonly subjectKey: string | null
}

/** What a saga has while nothing out of the ordinary concerns it. The store leaves these out. */
export const ordinary = {
  sequence: 0,
  input: null,
  startDueAt: null,
  begunAt: null,
  deadlineAt: null,
  locks: [],
  parent: null,
  undoCommandId: null,
  groups: {},
  signals: [],
  taken: [],
  pause: null,
  held: [],
  flags: [],
  isFinishing: false,
  output: null,
  trace: null,
  subjectKey: null,
} as const satisfies Partial<Saga>

export function isEnded({ status }: Pick<Saga, 'status'>): boolean {
  return (
    status === 'completed' ||
    status === 'compensated' ||
    status === 'abandoned' ||
    status === 'terminated'
  )
}
