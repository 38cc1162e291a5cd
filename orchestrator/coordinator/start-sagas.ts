// Starts sagas in batches: concurrent starts share one transaction, and each answer comes only
// after its commit. REST and the starts topic both come through here.
import { createHash } from 'node:crypto'
import type { Cipher } from '../../messaging/cipher.ts'
import { backoffMs, type Clock } from '../../messaging/clock.ts'
import { type Db, isTransientDbError } from '../../messaging/db.ts'
import { masked } from '../../messaging/encrypted-fields.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Log } from '../../messaging/log.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import { advance } from '../engine/advance.ts'
import type { CommandToSend } from '../engine/event.ts'
import { orchestratorError } from '../errors.ts'
import { lifecycleMessages } from '../lifecycle/lifecycle-messages.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import { findKeys } from '../store/idempotency-keys.ts'
import { insertSagas, type NewSaga } from '../store/insert-sagas.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { BatchPublisher } from './batch-publisher.ts'
import { toMessage } from './command-message.ts'
import type { DbClock } from './db-clock.ts'
import { Gather } from './gather.ts'
import type { Instances } from './instances.ts'
import { refuseLargeInput } from './size-limits.ts'
import type { StartRequest, StartResult } from './start-saga.ts'

export type Begun = StartResult & {
  /** Resolves once the first commands are in Kafka. */
  readonly published: Promise<void>
}

export type StartDependencies = {
  readonly db: Db
  readonly instances: Instances
  readonly cipher: Cipher
  readonly rows: RowCipher
  readonly publisher: BatchPublisher
  readonly dbClock: DbClock
  readonly clock: Clock
  readonly log: Log
  readonly onPoint: OnOrchestratorPoint
}

type Job = {
  readonly row: NewSaga
  readonly commands: readonly CommandToSend[]
  /** Of its input, where it has a key: by every key of encryption, or one. */
  readonly bodyHashes: readonly string[]
  readonly resolve: (begun: Begun) => void
  readonly reject: (error: unknown) => void
}

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
  readonly #stopping = new AbortController()

  constructor(given: StartDependencies) {
    this.#given = given
    this.#gather = new Gather({ work: (jobs) => this.#work(jobs, 1), batchMax: batchStartsMax })
  }

  /**
   * Starts the newest version that every live instance has.
   * @throws SAGA_NAME_UNKNOWN, DEFINITION_NOT_READY, SAGA_INPUT_TOO_LARGE, SAGA_INPUT_INVALID,
   * SAGA_KEY_REUSED, SAGA_DEFINITION_FAILED, OVERLOADED, STORE_UNAVAILABLE.
   */
  async start(request: StartRequest): Promise<Begun> {
    const { name, input } = request
    const definition = this.#startable(name)
    refuseLargeInput(name, input)
    const problem = definition.checkInput(input)
    if (problem !== null) throw orchestratorError('SAGA_INPUT_INVALID', { name, problem })
    if (this.#gather.waiting >= waitingMax) {
      throw orchestratorError('OVERLOADED', { limit: waitingMax })
    }
    const begun = this.#begin(definition, request)
    return new Promise((resolve, reject) => {
      this.#gather.add([{ ...begun, resolve, reject }])
    })
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
    await this.#gather.idle()
  }

  #begin(
    definition: SagaDefinition,
    { input, idempotencyKey }: StartRequest,
  ): Pick<Job, 'row' | 'commands' | 'bodyHashes'> {
    const { clock, dbClock, cipher } = this.#given
    const now = dbClock.now()
    const event = { type: 'started', sagaId: clock.newId() as SagaId, input } as const
    const started = withoutData(definition, () => advance(definition, null, event, now))
    const { saga, facts, wakeAt, commands } = started
    const bodyHashes = idempotencyKey === null ? [] : hashesOf(cipher, definition, input)
    const businessKey = withoutData(definition, () => businessKeyOf(definition, input))
    const row: NewSaga = {
      saga,
      history: { saga, event, facts, at: now, businessKey },
      definitionHash: definition.hash,
      businessKey,
      wakeAt,
      key: idempotencyKey,
      bodyHash: bodyHashes[0] ?? null,
    }
    return { row, commands, bodyHashes }
  }

  async #work(jobs: readonly Job[], attempt: number): Promise<void> {
    try {
      await this.#commit(jobs)
    } catch (error) {
      const { clock, log } = this.#given
      if (!isTransientDbError(error)) return this.#isolate(jobs, error)
      log.warn('start.batch.failed', { starts: jobs.length, attempt, error })
      if (attempt >= triesMax || this.#stopping.signal.aborted) return rejectAll(jobs, error)
      await clock.wait(backoffMs(retry, attempt, clock.random), this.#stopping.signal)
      await this.#work(jobs, attempt + 1)
    }
  }

  /** One start that Postgres will not take must not fail the others. */
  async #isolate(jobs: readonly Job[], error: unknown): Promise<void> {
    if (jobs.length > 1) {
      for (const job of jobs) await this.#work([job], 1)
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
    const { db, clock, rows, onPoint } = this.#given
    const batchId = clock.newId()
    const sagas = jobs.map(({ row }) => row)
    const joined = await insertSagas(db, { batchId, sagas, rows })
    await onPoint('start.after-commit-before-publish')
    const won = jobs.filter(({ row }) => joined.has(row.saga.id))
    this.#publish(batchId, won)
    const lost = jobs.filter(({ row }) => !joined.has(row.saga.id))
    if (lost.length > 0) await this.#answerLosers(lost)
  }

  #publish(batchId: string, jobs: readonly Job[]): void {
    const { publisher, cipher, rows, onPoint } = this.#given
    const messages = jobs.flatMap(({ commands }) =>
      commands.map((command) => toMessage(cipher, command, null)),
    )
    const events = jobs.flatMap(({ row }) => lifecycleMessages(rows.tell(row.history)))
    const published = publisher
      .publish(batchId, { messages, events })
      .then(() => onPoint('start.after-publish'))
    published.catch(() => undefined)
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

/** @throws SAGA_DEFINITION_FAILED when the definition's function throws or gives no key. */
function businessKeyOf(definition: SagaDefinition, input: Json): string | null {
  const { name } = definition
  try {
    const key: unknown = definition.businessKey(input)
    if (key === null || (typeof key === 'string' && isKey(key))) return key
    throw new Error(`a business key is a text of at most ${businessKeyLengthMax} characters`)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name, problem }, error)
  }
}

/** Longer ones would not fit into the index. */
const businessKeyLengthMax = 500

const isKey = (key: string) => key.length <= businessKeyLengthMax && !key.includes('\0')

function rejectAll(jobs: readonly Job[], error: unknown): void {
  for (const job of jobs) job.reject(orchestratorError('STORE_UNAVAILABLE', {}, error))
}

/** The same for the same JSON, whatever the order of its keys; keyed where it is sensitive. */
function hashesOf(cipher: Cipher, definition: SagaDefinition, input: Json): readonly string[] {
  const sorted = (_: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  const text = JSON.stringify(input, sorted)
  if (isSensitiveDefinition(definition)) {
    return cipher.fingerprints(text).map((hash) => hash.toString('base64url'))
  }
  return [createHash('sha256').update(text).digest('base64url')]
}

/** A definition that throws may quote what it was given, so of a sensitive one no text is kept. */
function withoutData<T>(definition: SagaDefinition, work: () => T): T {
  if (!isSensitiveDefinition(definition)) return work()
  try {
    return work()
  } catch {
    const { name } = definition
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name, problem: masked })
  }
}
