// The coordinator's committing loop: replies, timers and operators bring events, one transaction
// locks their sagas, moves them and writes each once; then their commands go to Kafka.
import type { Cipher } from '../../messaging/cipher.ts'
import { backoffMs, type Clock } from '../../messaging/clock.ts'
import { type Db, isLockTrouble, isTransientDbError } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import { type Log, type LogFields, traceFields } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Tracing } from '../../messaging/tracing.ts'
import type { Registry } from '../definition/registry.ts'
import type { Fact } from '../engine/event.ts'
import { orchestratorError } from '../errors.ts'
import { lifecycleMessages } from '../lifecycle/lifecycle-messages.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import { lockSagas } from '../store/lock-sagas.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import { writeSagas } from '../store/write-sagas.ts'
import type { BatchPublisher } from './batch-publisher.ts'
import { toMessage, toReply } from './command-message.ts'
import type { DbClock } from './db-clock.ts'
import type { FoldedCommand, Incoming, RestingSaga } from './fold-sagas.ts'
import { foldWithLocks } from './fold-with-locks.ts'
import { Gather } from './gather.ts'
import type { SagaMetrics } from './saga-metrics.ts'
import { traceAdvance } from './trace-advance.ts'
import { beginSends } from './trace-sends.ts'

export type Advanced = {
  /** Why the event could not be used, or null. The saga is as it was then. */
  readonly problem: SagalineError | null
  /** What came of the event; empty when it was known already, or will be tried later. */
  readonly facts: readonly Fact[]
  /** Resolves once what the event brought about is in Kafka, but for what only tells of it. */
  readonly published: Promise<void>
}

export type AdvanceDependencies = {
  readonly db: Db
  readonly registry: Registry
  readonly cipher: Cipher
  readonly rows: RowCipher
  readonly publisher: BatchPublisher
  readonly dbClock: DbClock
  readonly clock: Clock
  readonly log: Log
  readonly meters: SagaMetrics
  readonly tracing: Tracing | null
  readonly onPoint: OnOrchestratorPoint
  /** Told, after the commit, of sagas that ended or are stuck. */
  readonly onResting: (resting: readonly RestingSaga[]) => void
}

type Job = {
  readonly item: Incoming
  readonly resolve: (advanced: Advanced) => void
  readonly reject: (error: unknown) => void
}

/** Events in one transaction; its locks are held for its length. */
const batchEventsMax = 500
/** The pause when Postgres is in trouble; tried again for as long as the process lives. */
const retry = { initialMs: 50, maxMs: 2_000 }

export class AdvanceSagas {
  readonly #given: AdvanceDependencies
  readonly #gather: Gather<Job>
  readonly #stopping = new AbortController()

  constructor(given: AdvanceDependencies) {
    this.#given = given
    this.#gather = new Gather({ work: (jobs) => this.#work(jobs), batchMax: batchEventsMax })
  }

  /** Resolves after the commit. Rejects when the process stops first: the events come again. */
  advance(items: readonly Incoming[]): Promise<readonly Advanced[]> {
    const jobs: Job[] = []
    const advanced = items.map(
      (item) =>
        new Promise<Advanced>((resolve, reject) => {
          jobs.push({ item, resolve, reject })
        }),
    )
    this.#gather.add(jobs)
    return Promise.all(advanced)
  }

  /** Resolves when the batch in work is done; what waits is rejected. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#gather.idle()
  }

  async #work(jobs: readonly Job[]): Promise<void> {
    for (let attempt = 1; !this.#stopping.signal.aborted; attempt++) {
      try {
        await this.#commit(jobs)
        return
      } catch (error) {
        if (!isTransientDbError(error)) return this.#isolate(jobs, error)
        if (isLockTrouble(error)) return this.#apart(jobs, error)
        const { clock, log } = this.#given
        log.warn('advance.batch.failed', { events: jobs.length, attempt, error })
        await clock.wait(backoffMs(retry, attempt, clock.random), this.#stopping.signal)
      }
    }
    for (const job of jobs) job.reject(orchestratorError('STOPPING'))
  }

  /** Finds the sagas whose rows somebody holds, so that the others go on. */
  async #apart(jobs: readonly Job[], error: unknown): Promise<void> {
    const [only] = jobs
    if (jobs.length === 1 && only !== undefined) return this.#setAside(only, error)
    const middle = Math.ceil(jobs.length / 2)
    await this.#work(jobs.slice(0, middle))
    await this.#work(jobs.slice(middle))
  }

  /**
   * The event is tried again and again, and whoever brought it need not wait: it is published
   * late, that is all. Whoever asked for it is told instead, and may ask again.
   */
  #setAside(job: Job, error: unknown): void {
    const { clock, log } = this.#given
    const { item } = job
    log.warn('advance.saga.held', { ...fieldsOf(item), error })
    if (item.isAsked) {
      job.reject(orchestratorError('STORE_UNAVAILABLE', {}, error))
      return
    }
    const later = Promise.withResolvers<void>()
    later.promise.catch(() => undefined)
    job.resolve({ problem: null, facts: [], published: later.promise })
    const again: Job = {
      item,
      resolve: ({ published }) => later.resolve(published),
      reject: later.reject,
    }
    void clock.wait(retry.maxMs, this.#stopping.signal).then(() => this.#gather.add([again]))
  }

  /** One event that Postgres will not take must not hold back the others. */
  async #isolate(jobs: readonly Job[], error: unknown): Promise<void> {
    const [only, ...others] = jobs
    if (only !== undefined && others.length === 0) {
      const smaller = withoutItsData(only.item, error)
      if (smaller !== null) return this.#work([{ ...only, item: smaller }])
      this.#given.log.error('advance.event.failed', { ...fieldsOf(only.item), error })
      const problem =
        error instanceof SagalineError ? error : orchestratorError('INTERNAL', {}, error)
      only.resolve({ problem, facts: [], published: Promise.resolve() })
      return
    }
    for (const job of jobs) await this.#work([job])
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const { db, clock, publisher, dbClock, cipher, rows, meters, tracing } = this.#given
    const { onPoint, onResting } = this.#given
    const batchId = clock.newId()
    const beganAt = clock.monotonicMs()
    const { folded, next } = await db.transaction(
      async (tx) => {
        const ids = [...new Set(jobs.map(({ item }) => item.sagaId))]
        const locked = await lockSagas(tx, rows, ids)
        dbClock.observe(locked.now)
        const items = jobs.map(({ item }) => item)
        const result = await foldWithLocks(tx, this.#given, { locked, items })
        await onPoint('advance.before-commit')
        if (result.folded.changed.length > 0) {
          const publishing = [...new Set(result.folded.history.map(({ saga }) => saga.id))]
          void writeSagas(tx, { ...result.folded, batchId, publishing, rows })
        }
        return result
      },
      { isByKey: true },
    )
    const seconds = (clock.monotonicMs() - beganAt) / 1_000
    meters.committed({ door: 'advance', items: jobs.length, seconds, ...folded })
    if (tracing) {
      const { changed } = folded
      traceAdvance(tracing, { items: jobs, seconds, now: clock.now(), changed })
    }
    await this.#passedCommit(jobs)
    const commands = folded.commands.map(({ command, cause }) => toMessage(cipher, command, cause))
    const messages = [...commands, ...folded.replies.map((reply) => toReply(cipher, reply))]
    const events = folded.history.flatMap((entry) => lifecycleMessages(rows.tell(entry)))
    const traces = tracing ? [...folded.commands, ...folded.replies].map(traceOf) : []
    const sending = beginSends(tracing, messages, traces)
    const published = publisher
      .publish(batchId, { messages: sending.messages, events })
      .then(() => onPoint('advance.after-publish-before-offset'))
    published.then(() => sending.end(), sending.end)
    await onPoint('advance.before-waiters-told')
    onResting(folded.resting)
    if (next.length > 0) await onPoint('advance.before-next-woken')
    this.#wakeNow(next)
    jobs.forEach((job, index) => {
      const facts = folded.facts[index] ?? []
      job.resolve({ problem: folded.problems[index] ?? null, facts, published })
    })
  }

  /** Their durable wake is there as well; this only spares them the wait for it. */
  #wakeNow(ids: readonly SagaId[]): void {
    const nobody = { resolve: () => undefined, reject: () => undefined }
    const event = { type: 'woken' } as const
    this.#gather.add(ids.map((sagaId) => ({ ...nobody, item: { sagaId, event, cause: null } })))
  }

  async #passedCommit(jobs: readonly Job[]): Promise<void> {
    const { onPoint } = this.#given
    await onPoint('advance.after-commit-before-publish')
    if (jobs.some(({ item }) => item.event.type === 'woken')) {
      await onPoint('timer.after-commit-before-publish')
    }
  }
}

/** Of a line of the log about it. */
function fieldsOf({ sagaId, event }: Incoming): LogFields {
  return { sagaId, ...traceFields('traceparent' in event ? event.traceparent : null) }
}

const traceOf = ({ trace }: Pick<FoldedCommand, 'trace'>) => trace

/**
 * A reply that would make the saga too large counts as a technical failure: what the participant
 * did is not forgotten, the reason stands at the step, and its retries end as they always do.
 */
function withoutItsData(item: Incoming, error: unknown): Incoming | null {
  const { event } = item
  if (!(error instanceof SagalineError) || error.code !== 'SAGA_TOO_LARGE') return null
  if (event.type !== 'replied' || event.outcome === 'failed') return null
  const { code, message } = error
  return { ...item, event: { ...event, outcome: 'failed', data: { code, message } } }
}
