// What readers see of a saga: REST, the command line and tests. Payloads stay inside,
// and so does the context, but for a past moment.
import type { Direction, Json, SagaId } from '../../messaging/message.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import type { Fact } from '../engine/event.ts'
import type { Pause, Saga, SagaStatus, StepState } from '../engine/saga.ts'
import { type Wait, waitsFor } from '../engine/waits-for.ts'
import { wakeAt as nextWakeAt } from '../engine/wake.ts'
import type { Attributes, StoredSaga } from './saga-rows.ts'

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

export type PauseView = Omit<Pause, 'since'> & { readonly since: Date }

/** A signal that the saga takes where it stands. */
export type WaitView = Omit<Wait, 'dueAt'> & { readonly dueAt: Date | null }

export type SagaSummary = {
  readonly id: SagaId
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  readonly businessKey: string | null
  readonly correlationId: string | null
  readonly parentId: SagaId | null
  readonly attributes: Attributes
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
  /** When the whole saga has taken too long. */
  readonly deadlineAt: Date | null
  readonly failure: TroubleView | null
  readonly stuck: TroubleView | null
  readonly pause: PauseView | null
  /** What a person must look at, though nothing waits for it: effects that stayed. */
  readonly flags: readonly TroubleView[]
  /** Null when this process does not have its definition. */
  readonly waitsFor: readonly WaitView[] | null
  /** Of one that has completed. */
  readonly output: Json
  /** Of the statechart; only where a past moment is shown. */
  readonly context?: Json
  /** Only there when the key of its person was destroyed: then its data is gone. */
  readonly erased?: true
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

/** Times in ms since the epoch. */
export function makeView(
  stored: StoredSaga,
  times: { readonly updatedAt: number; readonly endedAt: number | null },
  definition: SagaDefinition | null,
): SagaView {
  const { saga, businessKey, correlationId, attributes, startedAt, wakeAt } = stored
  const { id, name, version, status, revision, failure, stuck, flags, output } = saga
  return {
    id,
    name,
    version,
    status,
    businessKey,
    correlationId,
    parentId: saga.parent?.sagaId ?? null,
    attributes,
    state: saga.value,
    startedAt: new Date(startedAt),
    updatedAt: new Date(times.updatedAt),
    endedAt: dateOrNull(times.endedAt),
    revision,
    locks: saga.locks,
    steps: saga.steps.map(viewStep),
    nextTimerAt: nextTimer(saga, wakeAt),
    deadlineAt: dateOrNull(saga.deadlineAt),
    failure,
    stuck,
    pause: saga.pause && { ...saga.pause, since: new Date(saga.pause.since) },
    flags,
    waitsFor: definition && viewWaits(definition, saga),
    output,
  }
}

function viewWaits(definition: SagaDefinition, saga: Saga): readonly WaitView[] {
  return waitsFor(definition, saga).map((wait) => ({ ...wait, dueAt: dateOrNull(wait.dueAt) }))
}

function dateOrNull(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}

function viewStep(step: Saga['steps'][number]): StepView {
  const { name, visit, outcome, undo, attempts, attemptsMax, error } = step
  const dueAt = dateOrNull(step.dueAt)
  const issuedAt = new Date(step.issuedAt)
  return { name, visit, outcome, undo, attempts, attemptsMax, dueAt, issuedAt, error }
}

/** The wake-up that is set may be an earlier one; the exact times are in the snapshot. */
function nextTimer(saga: Saga, wakeAt: number | null): Date | null {
  if (wakeAt === null) return null
  return dateOrNull(nextWakeAt(saga))
}
