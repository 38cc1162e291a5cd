// Brings the messages of committed batches to Kafka, and forgets a batch once every message of it
// is confirmed. What this process cannot bring out stays in `publish_batches` for recovery.

import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Log } from '../../messaging/log.ts'
import type { Message } from '../../messaging/message.ts'
import type { Publisher } from '../../messaging/publisher.ts'
import { deletePublishBatches } from '../store/publish-batches.ts'

/** Confirmed batches are deleted together, this long after the first of them was confirmed. */
const forgetDelayMs = 500
/** Rows deleted in one statement; the rest waits for the next one. */
const forgetBatchMax = 5_000

export class BatchPublisher {
  readonly #publisher: Publisher
  readonly #db: Db
  readonly #clock: Clock
  readonly #log: Log
  readonly #inFlight = new Set<string>()
  /** In Kafka, and not yet deleted. */
  readonly #confirmed = new Set<string>()
  readonly #stopping = new AbortController()
  #forgetting: Promise<void> | null = null

  constructor(given: { publisher: Publisher; db: Db; clock: Clock; log: Log }) {
    this.#publisher = given.publisher
    this.#db = given.db
    this.#clock = given.clock
    this.#log = given.log
  }

  /** Resolves once every message is confirmed; then the batch is forgotten. */
  async publish(batchId: string, messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return
    await this.publishPart(batchId, messages)
    this.forget([batchId])
  }

  /** Resolves once these are confirmed; the rest of the batch is for others to bring out. */
  async publishPart(batchId: string, messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return
    this.#inFlight.add(batchId)
    try {
      await this.#publisher.publish(messages)
    } catch (error) {
      if (!isHopeless(error)) throw error
      // No resend can bring it out: the step's own limit decides about the saga.
      this.#log.error('publish.refused', { batchId, error })
    } finally {
      this.#inFlight.delete(batchId)
    }
  }

  /** Being published from memory, or confirmed already: recovery leaves these alone. */
  known(): readonly string[] {
    return [...this.#inFlight, ...this.#confirmed]
  }

  forget(batchIds: readonly string[]): void {
    for (const id of batchIds) this.#confirmed.add(id)
    this.#forgetting ??= this.#forgetSoon()
  }

  /** Forgets what is confirmed. The publisher itself is stopped by its owner, before. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#forgetting
    await this.#forgetNow()
  }

  async #forgetSoon(): Promise<void> {
    await this.#clock.wait(forgetDelayMs, this.#stopping.signal)
    await this.#forgetNow()
    this.#forgetting = null
    if (this.#confirmed.size > 0 && !this.#stopping.signal.aborted) this.forget([])
  }

  async #forgetNow(): Promise<void> {
    const ids = [...this.#confirmed].slice(0, forgetBatchMax)
    if (ids.length === 0) return
    try {
      await deletePublishBatches(this.#db, ids)
      for (const id of ids) this.#confirmed.delete(id)
    } catch (error) {
      // Tried again with the next ones; left over, they are published once more, by others.
      this.#log.warn('publish.forget.failed', { batches: ids.length, error })
    }
  }
}

function isHopeless(error: unknown): boolean {
  return error instanceof SagalineError && !error.retryable
}
