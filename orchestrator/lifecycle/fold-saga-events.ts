// What the events of one saga say about it, without its definition: for read models and pages that
// only have the topic. Pure.
import type { Json, SagaId } from '../../messaging/message.ts'
import { isEnded, type SagaStatus } from '../engine/saga.ts'
import { inSequence } from './in-sequence.ts'
import type { LifecycleEvent } from './lifecycle-event.ts'
import { type Folding, foldEvent, goOn, type ToldStep, type ToldTrouble } from './told-steps.ts'

/** A saga as its events tell it. */
export type ToldSaga = {
  readonly id: SagaId
  readonly name: string
  readonly version: number
  readonly businessKey: string | null
  readonly status: SagaStatus
  /** The state of the statechart. */
  readonly state: Json
  readonly revision: number
  /** The number of the last event that it is made of. */
  readonly sequence: number
  readonly startedAt: Date
  readonly updatedAt: Date
  readonly endedAt: Date | null
  /** In the order in which they were entered. */
  readonly steps: readonly ToldStep[]
  readonly failure: ToldTrouble | null
  readonly stuck: ToldTrouble | null
  /** False when an event is missing: it is as it was before the gap. */
  readonly isWhole: boolean
}

/**
 * Folds the events of one saga into how it stands. They may come in any order and more than once;
 * their sequence decides. Null without the first event.
 */
export function foldSagaEvents(events: readonly LifecycleEvent[]): ToldSaga | null {
  const { known, isWhole } = inSequence(events)
  const [first] = known
  const last = known.at(-1)
  if (first === undefined || last === undefined) return null
  const folding: Folding = {
    steps: new Map(),
    parked: new Set(),
    failure: null,
    stuck: null,
  }
  let endedAt: Date | null = null
  known.forEach((event, index) => {
    const { revision, status } = event.data
    const before = known[index - 1]
    foldEvent(folding, event, before?.data.revision === revision ? before : null)
    if (known[index + 1]?.data.revision === revision) return
    if (status !== 'stuck' && status !== 'paused') goOn(folding)
    endedAt = isEnded({ status }) ? (endedAt ?? event.time) : null
  })
  const { saga, status, state, revision, seq } = last.data
  const { name, version, businessKey } = saga
  const { steps, failure, stuck } = folding
  return {
    id: first.sagaId,
    name,
    version,
    businessKey,
    status,
    state,
    revision,
    sequence: seq,
    startedAt: first.time,
    updatedAt: last.time,
    endedAt,
    steps: [...steps.values()],
    failure,
    stuck,
    isWhole,
  }
}
