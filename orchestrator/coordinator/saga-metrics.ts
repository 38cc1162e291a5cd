// What the coordinator counts: how many sagas and steps, how they end and how long they take. Told of
// each batch after its commit, so that nothing is counted that did not happen.

import type { SagaId } from '../../messaging/message.ts'
import { type Metrics, secondsBuckets, sizeBuckets } from '../../messaging/metrics.ts'
import type { Fact } from '../engine/event.ts'
import { isEnded, type Saga } from '../engine/saga.ts'
import type { HistoryEntry } from '../store/history-entry.ts'

/** Which loop committed a batch. */
export type Door = 'start' | 'advance'

export type CommittedBatch = {
  readonly door: Door
  /** Starts, or events. */
  readonly items: number
  readonly seconds: number
  readonly history: readonly HistoryEntry[]
  /** When the sagas of the history were started, in ms since the epoch, by the clock of Postgres. */
  readonly startedAt: ReadonlyMap<SagaId, number>
  /** By how many ms wake-ups came after the moment that they were set for. */
  readonly lateMs: readonly number[]
}

export type SagaMetrics = {
  committed(batch: CommittedBatch): void
  /** A record that nobody can handle was set aside. */
  parked(code: string): void
}

/** A saga may take days. */
const lifeBuckets = [...secondsBuckets, 3_600, 21_600, 86_400, 604_800]

const results = {
  'step.succeeded': ['do', 'succeeded'],
  'step.refused': ['do', 'refused'],
  'step.failed': ['do', 'failed'],
  'step.timed-out': ['do', 'timed-out'],
  'step.unknown': ['do', 'unknown'],
  'step.skipped': ['do', 'skipped'],
  'undo.succeeded': ['undo', 'succeeded'],
  'undo.refused': ['undo', 'refused'],
  'undo.failed': ['undo', 'failed'],
  'undo.timed-out': ['undo', 'timed-out'],
  'undo.skipped': ['undo', 'skipped'],
} as const satisfies Partial<Record<Fact['type'], readonly [string, string]>>

export function createSagaMetrics(metrics: Metrics): SagaMetrics {
  const batchItems = metrics.histogram({
    ...{ name: 'sagaline_batch_items', labels: ['door'], buckets: sizeBuckets },
    help: 'Starts, or events of sagas, that one transaction committed.',
  })
  const batchSeconds = metrics.histogram({
    ...{ name: 'sagaline_batch_seconds', labels: ['door'], buckets: secondsBuckets },
    help: 'How long such a transaction took.',
  })
  const timerLag = metrics.histogram({
    ...{ name: 'sagaline_timer_lag_seconds', buckets: secondsBuckets },
    help: 'How long after its moment a saga was woken.',
  })
  const parked = metrics.counter({
    ...{ name: 'sagaline_dead_letters_total', labels: ['code'] },
    help: 'Records that nobody could handle, set aside for a person.',
  })
  const count = entryCounter(metrics)
  return {
    committed: ({ door, items, seconds, history, startedAt, lateMs }) => {
      batchItems({ door }, items)
      batchSeconds({ door }, seconds)
      for (const ms of lateMs) timerLag({}, ms / 1_000)
      for (const entry of history) count(entry, startedAt.get(entry.saga.id) ?? entry.at)
    },
    parked: (code) => parked({ code }),
  }
}

function entryCounter(metrics: Metrics): (entry: HistoryEntry, startedAt: number) => void {
  const started = metrics.counter({
    ...{ name: 'sagaline_sagas_started_total', labels: ['saga', 'version'] },
    help: 'Sagas that began.',
  })
  const life = metrics.histogram({
    ...{ name: 'sagaline_saga_seconds', labels: ['saga', 'outcome'], buckets: lifeBuckets },
    help: 'From the start of a saga to its end, by how it ended.',
  })
  const stuck = metrics.counter({
    ...{ name: 'sagaline_sagas_stuck_total', labels: ['saga'] },
    help: 'How often a saga got stuck, so that a person must look.',
  })
  const countFact = factCounter(metrics)
  return ({ saga, facts, at }, startedAt) => {
    const { name, version, status } = saga
    for (const fact of facts) {
      if (fact.type === 'saga.started') started({ saga: name, version })
      else if (fact.type === 'saga.stuck') stuck({ saga: name })
      else if (isEnded(saga) && fact.type === `saga.${status}`) {
        life({ saga: name, outcome: status }, (at - (saga.begunAt ?? startedAt)) / 1_000)
      } else countFact(saga, fact, at)
    }
  }
}

function factCounter(metrics: Metrics): (saga: Saga, fact: Fact, at: number) => void {
  const result = metrics.counter({
    name: 'sagaline_step_results_total',
    help: 'Answers of steps (direction do) and compensations (undo), and their lack, by result.',
    labels: ['saga', 'step', 'direction', 'result'],
  })
  const seconds = metrics.histogram({
    name: 'sagaline_step_seconds',
    help: 'From the first sending of a step to its result, retries and pauses included.',
    labels: ['saga', 'step', 'result'],
    buckets: secondsBuckets,
  })
  const retries = metrics.counter({
    name: 'sagaline_step_retries_total',
    help: 'Sendings of a command after its first one.',
    labels: ['saga', 'step', 'direction'],
  })
  return ({ name: saga, steps }, { type, step = '', visit, direction = 'do', attempt = 1 }, at) => {
    if (type === 'command.sent') {
      if (attempt > 1) retries({ saga, step, direction })
      return
    }
    if (!(type in results)) return
    const [way, outcome] = results[type as keyof typeof results]
    result({ saga, step, direction: way, result: outcome })
    // When a compensation was first sent is not kept.
    if (way === 'undo' || (outcome !== 'succeeded' && outcome !== 'refused')) return
    const issuedAt = steps.find((one) => one.name === step && one.visit === visit)?.issuedAt ?? at
    seconds({ saga, step, result: outcome }, (at - issuedAt) / 1_000)
  }
}
