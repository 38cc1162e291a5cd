// The coordinator's committing loop: replies, timers and operators bring events, one transaction
// moves their sagas and writes each once; then their commands go to Kafka.
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
import type { RecentSagas } from '../store/recent-sagas.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { BatchPublisher } from './batch-publisher.ts'
import { toMessage, toReply } from './command-message.ts'
import type { DbClock } from './db-clock.ts'
import type { FoldedCommand, Incoming, RestingSaga } from './fold-sagas.ts'
import { Gather } from './gather.ts'
import { type Moved, moveKnown, moveLocked } from './move-sagas.ts'
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
  readonly recent: RecentSagas
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

type Committed = Moved & { readonly batchId: string; readonly beganAt: number }

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
    const { known, others } = splitKnown(this.#given.recent, jobs)
    const [left] = await Promise.all([this.#commitKnown(known), this.#commitOthers(others)])
    await this.#commitOthers(left)
  }

  /** Answers those whose sagas were not as this process knows them, or did not move. */
  async #commitKnown(jobs: readonly Job[]): Promise<readonly Job[]> {
    if (jobs.length === 0 || this.#stopping.signal.aborted) return jobs
    const { clock, recent, log } = this.#given
    const beganAt = clock.monotonicMs()
    try {
      const batchId = clock.newId()
      const committed = await moveKnown(this.#given, batchId, itemsOf(jobs))
      const isMoved = ({ item }: Job) => committed.moved.has(item.sagaId)
      const moved = jobs.filter(isMoved)
      if (moved.length > 0) await this.#committed(moved, { ...committed, batchId, beganAt })
      return jobs.filter((job) => !isMoved(job))
    } catch (error) {
      // Under their locks it shows what is wrong, and with which of them. What a server in trouble
      // said was committed may be gone.
      recent.clear()
      log.warn('advance.known.failed', { events: jobs.length, error })
      if (!isLockTrouble(error)) return jobs
      await this.#apart(jobs, error)
      return []
    }
  }

  async #commitOthers(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return
    for (let attempt = 1; !this.#stopping.signal.aborted; attempt++) {
      try {
        const { clock } = this.#given
        const beganAt = clock.monotonicMs()
        const batchId = clock.newId()
        const committed = await moveLocked(this.#given, batchId, itemsOf(jobs))
        await this.#committed(jobs, { ...committed, batchId, beganAt })
        return
      } catch (error) {
        if (!isTransientDbError(error)) return this.#isolate(jobs, error)
        if (isLockTrouble(error)) return this.#apart(jobs, error)
        const { clock, recent, log } = this.#given
        recent.clear()
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
    await this.#commitOthers(jobs.slice(0, middle))
    await this.#commitOthers(jobs.slice(middle))
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
      if (smaller !== null) return this.#commitOthers([{ ...only, item: smaller }])
      this.#given.log.error('advance.event.failed', { ...fieldsOf(only.item), error })
      const problem =
        error instanceof SagalineError ? error : orchestratorError('INTERNAL', {}, error)
      only.resolve({ problem, facts: [], published: Promise.resolve() })
      return
    }
    for (const job of jobs) await this.#commitOthers([job])
  }

  /** Tells of what is committed: to Kafka, to who waits, to who brought it. */
  async #committed(jobs: readonly Job[], committed: Committed): Promise<void> {
    const { folded, next, batchId, beganAt } = committed
    const { clock, publisher, cipher, rows, meters, tracing, onPoint, onResting } = this.#given
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

/** Replies alone: what else comes is rare, or asks for the time. All events of a saga go one way. */
function splitKnown(
  recent: RecentSagas,
  jobs: readonly Job[],
): { readonly known: readonly Job[]; readonly others: readonly Job[] } {
  const unknown = new Set<SagaId>()
  for (const { item } of jobs) {
    const isKnown = item.event.type === 'replied' && recent.has(item.sagaId)
    if (!isKnown) unknown.add(item.sagaId)
  }
  if (unknown.size === 0) return { known: jobs, others: [] }
  const isUnknown = ({ item }: Job) => unknown.has(item.sagaId)
  return { known: jobs.filter((job) => !isUnknown(job)), others: jobs.filter(isUnknown) }
}

const itemsOf = (jobs: readonly Job[]) => jobs.map(({ item }) => item)

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
