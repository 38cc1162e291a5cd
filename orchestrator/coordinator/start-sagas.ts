// Starts sagas in batches: concurrent starts share one transaction, and each answer comes only
// after its commit. REST, the starts topic and parents all come through here.
import type { Cipher } from '../../messaging/cipher.ts'
import { backoffMs, type Clock } from '../../messaging/clock.ts'
import { type Db, isTransientDbError } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Log } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Tracing } from '../../messaging/tracing.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import { answerToRepeat } from '../engine/end.ts'
import { orchestratorError } from '../errors.ts'
import { lifecycleMessages } from '../lifecycle/lifecycle-messages.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import { findKeys } from '../store/idempotency-keys.ts'
import { insertSagas } from '../store/insert-sagas.ts'
import type { RecentSagas } from '../store/recent-sagas.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { SubjectRing } from '../store/subject-ring.ts'
import type { BatchPublisher } from './batch-publisher.ts'
import { type BegunStart, beginStart } from './begin-start.ts'
import { type ChildReply, toMessage, toReply } from './command-message.ts'
import type { DbClock } from './db-clock.ts'
import { Gather } from './gather.ts'
import { insertApart, type KnownSaga } from './insert-apart.ts'
import type { Instances } from './instances.ts'
import type { SagaMetrics } from './saga-metrics.ts'
import { refuseLargeInput } from './size-limits.ts'
import type { ChildStart, StartRequest, StartResult } from './start-saga.ts'
import { subjectOf } from './subject-of.ts'
import { beginSends } from './trace-sends.ts'

export type Begun = StartResult & {
  /** Resolves once the first commands are in Kafka. */
  readonly published: Promise<void>
}

export type StartDependencies = {
  readonly db: Db
  readonly instances: Instances
  readonly cipher: Cipher
  readonly rows: RowCipher
  readonly subjects: SubjectRing
  readonly recent: RecentSagas
  readonly publisher: BatchPublisher
  readonly dbClock: DbClock
  readonly clock: Clock
  readonly newSagaId: () => SagaId
  readonly log: Log
  readonly meters: SagaMetrics
  readonly tracing: Tracing | null
  readonly onPoint: OnOrchestratorPoint
}

type Job = BegunStart & {
  readonly resolve: (begun: Begun) => void
  readonly reject: (error: unknown) => void
}

type Commit = (jobs: readonly Job[]) => Promise<void>

/** Starts in one statement. */
const batchStartsMax = 200
/** Starts that wait for a statement; past it they are refused with OVERLOADED. */
const waitingMax = 20_000
/** A start is tried this often while Postgres is in trouble; then its caller is told. */
const triesMax = 5
const retry = { initialMs: 50, maxMs: 1_000 }

export class StartSagas {
  readonly #given: StartDependencies
  readonly #gather: Gather<Job>
  /** Children, sagas with semantic locks, and those that are about somebody: they take a transaction
   * of several statements. */
  readonly #apart: Gather<Job>
  readonly #stopping = new AbortController()

  constructor(given: StartDependencies) {
    this.#given = given
    const gather = (commit: Commit) =>
      new Gather<Job>({ work: (jobs) => this.#work(jobs, commit, 1), batchMax: batchStartsMax })
    this.#gather = gather((jobs) => this.#commit(jobs))
    this.#apart = gather((jobs) => this.#commitApart(jobs))
  }

  /**
   * Starts the newest version that every live instance has.
   * @throws SAGA_NAME_UNKNOWN, DEFINITION_NOT_READY, SAGA_INPUT_TOO_LARGE, SAGA_INPUT_INVALID,
   * SAGA_KEY_REUSED, SAGA_DEFINITION_FAILED, START_TIME_INVALID, OVERLOADED, STORE_UNAVAILABLE.
   */
  async start(request: StartRequest): Promise<Begun> {
    const { name, input } = request
    const definition = this.#startable(name)
    refuseLargeInput(name, input)
    const problem = definition.checkInput(input)
    if (problem !== null) throw orchestratorError('SAGA_INPUT_INVALID', { name, problem })
    return this.#add(await this.#begin(definition, request, null))
  }

  /**
   * Starts a child saga once, however often it is asked for. One that has ended answers its parent
   * again; one that lives answers when it ends. `isNew` is false for both.
   * @throws as `start`.
   */
  async startChild(definition: SagaDefinition, child: ChildStart): Promise<Begun> {
    const { name } = definition
    refuseLargeInput(name, child.input)
    const problem = definition.checkInput(child.input)
    if (problem !== null) throw orchestratorError('SAGA_INPUT_INVALID', { name, problem })
    const { input, traceparent } = child
    const request = { name, input, idempotencyKey: null, ...(traceparent && { traceparent }) }
    return this.#add(await this.#begin(definition, request, child))
  }

  async #begin(
    definition: SagaDefinition,
    request: StartRequest,
    child: ChildStart | null,
  ): Promise<BegunStart> {
    const { db, subjects } = this.#given
    const subject = subjectOf(definition, request.input)
    const subjectKey = subject === null ? null : await subjects.keyOf(db, subject)
    return beginStart(this.#given, definition, request, { child, subjectKey })
  }

  /** Resolves once the answer to a parent is in Kafka; should that fail, the command comes again. */
  async answer(reply: ChildReply): Promise<void> {
    const { publisher, clock, cipher, onPoint } = this.#given
    await publisher.publish(clock.newId(), { messages: [toReply(cipher, reply)], events: [] })
    await onPoint('child.after-answer-before-offset')
  }

  #startable(name: string): SagaDefinition {
    const { instances } = this.#given
    const definition = instances.startable(name)
    if (definition !== null) return definition
    const code = instances.isKnown(name) ? 'DEFINITION_NOT_READY' : 'SAGA_NAME_UNKNOWN'
    throw orchestratorError(code, { name })
  }

  /** What waits is tried once more; resolves when every start is answered. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#gather.idle(), this.#apart.idle()])
  }

  #add(start: BegunStart): Promise<Begun> {
    const { locks, subjectKey } = start.row.saga
    const isApart = start.child !== null || locks.length > 0 || subjectKey !== null
    const gather = isApart ? this.#apart : this.#gather
    if (gather.waiting >= waitingMax) throw orchestratorError('OVERLOADED', { limit: waitingMax })
    const begun = new Promise<Begun>((resolve, reject) => {
      gather.add([{ ...start, resolve, reject }])
    })
    const { span } = start
    if (span !== null) begun.then(() => span.end(), span.end)
    return begun
  }

  async #work(jobs: readonly Job[], commit: Commit, attempt: number): Promise<void> {
    try {
      await commit(jobs)
    } catch (error) {
      const { clock, log } = this.#given
      if (!isTransientDbError(error)) return this.#isolate(jobs, commit, error)
      log.warn('start.batch.failed', { starts: jobs.length, attempt, error })
      if (attempt >= triesMax || this.#stopping.signal.aborted) return rejectAll(jobs, error)
      await clock.wait(backoffMs(retry, attempt, clock.random), this.#stopping.signal)
      await this.#work(jobs, commit, attempt + 1)
    }
  }

  /** One start that Postgres will not take must not fail the others. */
  async #isolate(jobs: readonly Job[], commit: Commit, error: unknown): Promise<void> {
    if (jobs.length > 1) {
      for (const job of jobs) await this.#work([job], commit, 1)
      return
    }
    if (error instanceof SagalineError) {
      for (const job of jobs) job.reject(error)
      return
    }
    this.#given.log.error('start.failed', { error })
    for (const job of jobs) job.reject(orchestratorError('INTERNAL', {}, error))
  }

  async #commit(jobs: readonly Job[]): Promise<void> {
    const { db, clock, rows, recent, onPoint } = this.#given
    const batchId = clock.newId()
    const sagas = jobs.map(({ row }) => row)
    const beganAt = clock.monotonicMs()
    await onPoint('start.before-commit')
    const { joined, rows: inserted } = await insertSagas(db, { batchId, sagas, rows })
    recent.keep(inserted)
    await onPoint('start.after-commit-before-publish')
    const won = jobs.filter(({ row }) => joined.has(row.saga.id))
    this.#count(won, beganAt)
    this.#publish(batchId, won)
    const lost = jobs.filter(({ row }) => !joined.has(row.saga.id))
    if (lost.length > 0) await this.#answerLosers(lost)
  }

  async #commitApart(jobs: readonly Job[]): Promise<void> {
    const { db, clock, rows, onPoint } = this.#given
    const batchId = clock.newId()
    const batch = { batchId, starts: jobs, rows }
    const beganAt = clock.monotonicMs()
    const inserted = await db.transaction(async (tx) => {
      const result = await insertApart(tx, batch)
      await onPoint('start.before-commit')
      return result
    })
    await onPoint('start.after-commit-before-publish')
    const won = jobs.flatMap((job) => {
      const begun = inserted.begun.get(job)
      return begun === undefined ? [] : [{ ...job, ...begun }]
    })
    this.#count(won, beganAt)
    this.#publish(batchId, won)
    const lost: Job[] = []
    for (const job of jobs.filter((one) => !inserted.begun.has(one))) {
      const known = inserted.known.get(job.row.saga.id)
      if (known !== undefined) this.#answerRepeat(job, known)
      else lost.push(job)
    }
    if (lost.length > 0) await this.#answerLosers(lost)
  }

  #count(won: readonly Job[], beganAt: number): void {
    const { clock, meters } = this.#given
    if (won.length === 0) return
    const seconds = (clock.monotonicMs() - beganAt) / 1_000
    const history = won.flatMap(({ row }) => row.history)
    // A start is its own beginning, so an end in the same breath took no time.
    const batch = { door: 'start', history, startedAt: new Map(), lateMs: [] } as const
    meters.committed({ ...batch, items: won.length, seconds })
  }

  /** A start that was committed before: by a try whose answer was lost, or for a child's parent. */
  #answerRepeat({ child, resolve, reject }: Job, { saga, isSealed, problem }: KnownSaga): void {
    // One that cannot be read here waits for an instance that can, as one without a definition.
    if (problem !== null) {
      reject(orchestratorError('DEFINITION_UNKNOWN', { ...saga }))
      return
    }
    const repeat = child === null ? null : answerToRepeat(saga, child.parent.attempt)
    const isAnswered = repeat !== null && child?.undoCommandId === null
    const published = isAnswered
      ? this.answer({ reply: repeat, isSecret: isSealed })
      : Promise.resolve()
    published.catch(() => undefined)
    resolve({ id: saga.id, isNew: child === null, published })
  }

  #publish(batchId: string, jobs: readonly Job[]): void {
    const { publisher, cipher, rows, tracing, onPoint } = this.#given
    const messages = jobs.flatMap(({ definition, commands, replies }) => [
      ...commands.map((command) => toMessage(cipher, command, null)),
      ...replies.map((reply) => {
        return toReply(cipher, { reply, isSecret: isSensitiveDefinition(definition) })
      }),
    ])
    const events = jobs.flatMap(({ row }) =>
      row.history.flatMap((entry) => lifecycleMessages(rows.tell(entry))),
    )
    const traces = jobs.flatMap(({ row, commands, replies }) =>
      [...commands, ...replies].map(() => row.saga.trace),
    )
    const sending = beginSends(tracing, messages, traces)
    const published = publisher
      .publish(batchId, { messages: sending.messages, events })
      .then(() => onPoint('start.after-publish'))
    published.then(() => sending.end(), sending.end)
    for (const { row, resolve } of jobs) resolve({ id: row.saga.id, isNew: true, published })
  }

  async #answerLosers(jobs: readonly Job[]): Promise<void> {
    const asked = jobs.map(({ row }) => ({ name: row.saga.name, key: row.key ?? '' }))
    const owners = await findKeys(this.#given.db, asked)
    jobs.forEach(({ row, bodyHashes, resolve, reject }, index) => {
      const owner = owners[index]
      const published = Promise.resolve()
      if (!owner) reject(orchestratorError('STORE_UNAVAILABLE'))
      else if (!bodyHashes.includes(owner.bodyHash)) {
        reject(orchestratorError('SAGA_KEY_REUSED', { id: owner.sagaId, sagaId: owner.sagaId }))
      } else resolve({ id: owner.sagaId, isNew: owner.sagaId === row.saga.id, published })
    })
  }
}

function rejectAll(jobs: readonly Job[], error: unknown): void {
  for (const job of jobs) job.reject(orchestratorError('STORE_UNAVAILABLE', {}, error))
}
