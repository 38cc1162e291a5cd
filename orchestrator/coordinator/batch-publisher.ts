// Brings the messages of committed batches to Kafka, and forgets a batch once every message of it
// is confirmed. What this process cannot bring out stays in `publish_batches` for recovery.

import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Log } from '../../messaging/log.ts'
import type { Message } from '../../messaging/message.ts'
import type { Publisher } from '../../messaging/publisher.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import { deletePublishBatches, setBatchesAside } from '../store/publish-batches.ts'

export type BatchMessages = {
  /** What somebody waits for: commands. */
  readonly messages: readonly Message[]
  /** Lifecycle events: when their topic is missing they are left to recovery. */
  readonly events: readonly Message[]
}

/** Confirmed batches are deleted together, this long after the first of them was confirmed. */
const forgetDelayMs = 500
/** Rows deleted, or set aside, in one statement; the rest waits for the next one. */
const forgetBatchMax = 5_000

export class BatchPublisher {
  readonly #publisher: Publisher
  readonly #db: Db
  readonly #clock: Clock
  readonly #log: Log
  readonly #inFlight = new Set<string>()
  /** In Kafka, and not yet deleted. */
  readonly #confirmed = new Set<string>()
  /** All but the events is in Kafka; not yet marked so. */
  readonly #aside = new Set<string>()
  readonly #stopping = new AbortController()
  #forgetting: Promise<void> | null = null

  constructor(given: { publisher: Publisher; db: Db; clock: Clock; log: Log }) {
    this.#publisher = given.publisher
    this.#db = given.db
    this.#clock = given.clock
    this.#log = given.log
  }

  /**
   * Resolves once every message is confirmed; then the batch is forgotten. Events whose topic is
   * missing are not waited for: the batch is set aside for them.
   */
  async publish(batchId: string, { messages, events }: BatchMessages): Promise<void> {
    if (messages.length === 0 && events.length === 0) return
    // Every batch would find the same; recovery finds out when the topic is there again.
    const isAway = events.length > 0 && this.areEventsWaiting()
    const isTold = await this.publishPart(batchId, { messages, events: isAway ? [] : events })
    if (isTold && !isAway) this.forget([batchId])
    else this.setAside(batchId)
  }

  /**
   * Resolves once these are confirmed; the rest of the batch is for others to bring out. Answers
   * false when the events could not be, since their topic is missing.
   */
  async publishPart(batchId: string, { messages, events }: BatchMessages): Promise<boolean> {
    this.#inFlight.add(batchId)
    try {
      // Both in the same turn: they go to Kafka together.
      const sent = this.#publish(batchId, messages, true)
      const told = this.#publish(batchId, events, false)
      const [, refusal] = await Promise.all([sent, told])
      return refusal?.code !== 'TOPIC_UNAVAILABLE'
    } finally {
      this.#inFlight.delete(batchId)
    }
  }

  /** Whether events would be refused, as far as is known. */
  areEventsWaiting(): boolean {
    return this.#publisher.isMissing(eventsTopic)
  }

  /** Being published from memory, or dealt with already: recovery leaves these alone. */
  known(): readonly string[] {
    return [...this.#inFlight, ...this.#confirmed, ...this.#aside]
  }

  forget(batchIds: readonly string[]): void {
    for (const id of batchIds) this.#confirmed.add(id)
    this.#forgetting ??= this.#forgetSoon()
  }

  /** The events of the batch wait for their topic; recovery will bring them out. */
  setAside(batchId: string): void {
    this.#aside.add(batchId)
    this.#forgetting ??= this.#forgetSoon()
  }

  /** Answers why some of it will never be published, or null. */
  async #publish(
    batchId: string,
    messages: readonly Message[],
    isPatient: boolean,
  ): Promise<SagalineError | null> {
    try {
      await this.#publisher.publish(messages, { isPatient })
      return null
    } catch (error) {
      if (!isHopeless(error)) throw error
      // No resend can bring it out: the step's own limit decides about the saga.
      this.#log.error('publish.refused', { batchId, error })
      return error
    }
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
    const isMore = this.#confirmed.size + this.#aside.size > 0
    if (isMore && !this.#stopping.signal.aborted) this.forget([])
  }

  async #forgetNow(): Promise<void> {
    await this.#write(this.#confirmed, deletePublishBatches)
    await this.#write(this.#aside, setBatchesAside)
  }

  async #write(from: Set<string>, write: typeof deletePublishBatches): Promise<void> {
    const ids = [...from].slice(0, forgetBatchMax)
    if (ids.length === 0) return
    try {
      await write(this.#db, ids)
      for (const id of ids) from.delete(id)
    } catch (error) {
      // Tried again with the next ones; left over, they are published once more, by others.
      this.#log.warn('publish.forget.failed', { batches: ids.length, error })
    }
  }
}

function isHopeless(error: unknown): error is SagalineError {
  return error instanceof SagalineError && !error.retryable
}
