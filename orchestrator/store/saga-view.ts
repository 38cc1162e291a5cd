// What readers see of a saga: REST, the command line and tests. Payloads and context stay inside.
import type { Direction, Json, SagaId } from '../../messaging/message.ts'
import type { Fact } from '../engine/event.ts'
import type { Saga, SagaStatus, StepState } from '../engine/saga.ts'
import { wakeAt as nextWakeAt } from '../engine/wake.ts'
import type { StoredSaga } from './saga-rows.ts'

export type StepView = {
  readonly name: string
  readonly visit: number
  readonly outcome: StepState['outcome']
  readonly undo: StepState['undo']
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
  /** Keys of semantic locks, held or waited for until the end. */
  readonly locks: readonly string[]
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

/** Times in ms since the epoch. */
export function makeView(
  { saga, businessKey, startedAt, wakeAt }: StoredSaga,
  times: { readonly updatedAt: number; readonly endedAt: number | null },
): SagaView {
  const { id, name, version, status, value, revision, steps, failure, stuck } = saga
  return {
    id,
    name,
    version,
    status,
    businessKey,
    state: value,
    startedAt: new Date(startedAt),
    updatedAt: new Date(times.updatedAt),
    endedAt: times.endedAt === null ? null : new Date(times.endedAt),
    revision,
    locks: saga.locks,
    steps: steps.map(viewStep),
    nextTimerAt: nextTimer(saga, wakeAt),
    failure,
    stuck,
  }
}

function viewStep(step: Saga['steps'][number]): StepView {
  const { name, visit, outcome, undo, attempts, attemptsMax, error } = step
  const dueAt = step.dueAt === null ? null : new Date(step.dueAt)
  const issuedAt = new Date(step.issuedAt)
  return { name, visit, outcome, undo, attempts, attemptsMax, dueAt, issuedAt, error }
}

/** The wake-up that is set may be an earlier one; the exact times are in the snapshot. */
function nextTimer(saga: Saga, wakeAt: number | null): Date | null {
  if (wakeAt === null) return null
  const next = nextWakeAt(saga)
  return next === null ? null : new Date(next)
}
