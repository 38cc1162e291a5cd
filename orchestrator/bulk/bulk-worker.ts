// Works on bulk jobs: takes one that nobody works on, and tells its sagas the verb, one after the
// other at the pace that was asked for. Each goes through the door that a single verb goes through,
// under a request id of the job, so that one which is told twice takes it once. A process that
// crashes loses its lease, and another one goes on where it was. States: made, started, stopped.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Log } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Operated } from '../engine/event.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import {
  type BulkOutcome,
  claimBulkJob,
  findOpenItems,
  finishBulkJob,
  releaseBulkJob,
  renewBulkLease,
  settleItems,
} from '../store/bulk-items.ts'
import type { BulkItem, BulkJob } from '../store/bulk-jobs.ts'

export type BulkDependencies = {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly operate: (id: SagaId, event: Operated) => Promise<void>
  readonly onPoint: OnOrchestratorPoint
}

/** How often it looks for a job. */
const lookMs = 1_000
/** Jobs that one process works on at once. */
const jobsMax = 8
/** Must outlast a chunk; then another process goes on. */
const leaseMs = 30_000
/** Sagas that are told together; a pace below it tells fewer. */
const chunkMax = 25
/** Tries of a saga that cannot be told now, and the pause between them. */
const triesMax = 5
const retryMs = 1_000

export class BulkWorker {
  readonly #given: BulkDependencies
  readonly #stopping = new AbortController()
  readonly #working = new Set<Promise<void>>()
  #running: Promise<void> | null = null

  constructor(given: BulkDependencies) {
    this.#given = given
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Jobs are left to others, or to the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await Promise.all(this.#working)
  }

  async #run(): Promise<void> {
    const { db, clock, log } = this.#given
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const isFull = this.#working.size >= jobsMax
      const job = isFull ? null : await claimBulkJob(db, leaseMs).catch(this.#warn('claim'))
      if (job === null) {
        await clock.wait(lookMs, signal)
        continue
      }
      log.info('bulk.taken', { jobId: job.id, verb: job.request.verb, sagas: job.total })
      const work = this.#work(job)
        .catch(this.#warn('work'))
        .then(() => void this.#working.delete(work))
      this.#working.add(work)
    }
  }

  #warn(what: string) {
    return (error: unknown): null => {
      if (!this.#stopping.signal.aborted) this.#given.log.warn(`bulk.${what}.failed`, { error })
      return null
    }
  }

  async #work(job: BulkJob): Promise<void> {
    const { db, clock } = this.#given
    const { signal } = this.#stopping
    const tries = new Map<number, number>()
    const { perSecond } = job.request
    const chunk = Math.max(1, Math.min(chunkMax, perSecond))
    while (!signal.aborted) {
      const status = await renewBulkLease(db, job.id, leaseMs)
      if (status === null) return
      const items = status === 'cancelling' ? [] : await findOpenItems(db, job.id, chunk)
      if (items.length === 0) {
        await finishBulkJob(db, job.id, status === 'cancelling' ? 'cancelled' : 'done')
        return
      }
      const nextAt = clock.monotonicMs() + (items.length * 1_000) / perSecond
      const isLate = await this.#tell(job, items, tries)
      await clock.wait(Math.max(nextAt - clock.monotonicMs(), isLate ? retryMs : 0), signal)
    }
    await releaseBulkJob(db, job.id)
  }

  /** True when some could not be told now. */
  async #tell(
    job: BulkJob,
    items: readonly BulkItem[],
    tries: Map<number, number>,
  ): Promise<boolean> {
    const told = await Promise.all(items.map((item) => this.#tellOne(job, item, tries)))
    const outcomes = told.filter((one) => one !== null)
    await this.#given.onPoint('bulk.after-verbs-before-settle')
    if (outcomes.length > 0) await settleItems(this.#given.db, job, outcomes)
    return outcomes.length < items.length
  }

  /** Null when it is to be tried again. */
  async #tellOne(
    job: BulkJob,
    { position, sagaId }: BulkItem,
    tries: Map<number, number>,
  ): Promise<BulkOutcome | null> {
    try {
      await this.#given.operate(sagaId, eventOf(job))
      return { position, outcome: 'done', detail: null }
    } catch (error) {
      const count = (tries.get(position) ?? 0) + 1
      tries.set(position, count)
      const isKnown = error instanceof SagalineError
      const mayPass = !isKnown || error.retryable
      if (mayPass && (count < triesMax || this.#stopping.signal.aborted)) return null
      if (!isKnown) this.#given.log.error('bulk.item.failed', { jobId: job.id, sagaId, error })
      return isKnown
        ? { position, outcome: error.code, detail: error.message }
        : { position, outcome: 'INTERNAL', detail: null }
    }
  }
}

function eventOf({ id, request }: BulkJob): Operated {
  const { verb, step = '', effect = 'none', actor, reason } = request
  const by = { type: 'operated', requestId: `${verb}/bulk/${id}`, actor, reason } as const
  return verb === 'skip' ? { ...by, verb, step, effect } : { ...by, verb }
}
