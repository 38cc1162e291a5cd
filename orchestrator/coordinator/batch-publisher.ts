// Brings the messages of committed batches to Kafka, and forgets a batch once every message of it
// is confirmed. What this process cannot bring out stays in `publish_batches` for recovery.

import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { SagalineError } from '../../messaging/errors.ts'
import type { Log } from '../../messaging/log.ts'
import type { Message } from '../../messaging/message.ts'
import type { Publisher } from '../../messaging/publisher.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import type { OnOrchestratorPoint, OrchestratorPoint } from '../points.ts'
import { deletePublishBatches, setBatchesAside } from '../store/publish-batches.ts'

export type BatchMessages = {
  /** What somebody waits for: commands, and answers to parents. */
  readonly messages: readonly Message[]
  /** Lifecycle events: nobody waits until they are in Kafka. */
  readonly events: readonly Message[]
}

type BatchWrite = {
  readonly write: typeof deletePublishBatches
  readonly before: OrchestratorPoint
  readonly after: OrchestratorPoint
}

const toDelete: BatchWrite = {
  write: deletePublishBatches,
  before: 'batch.before-delete',
  after: 'batch.after-delete',
}

const toSetAside: BatchWrite = {
  write: setBatchesAside,
  before: 'batch.before-set-aside',
  after: 'batch.after-set-aside',
}

/** Confirmed batches are deleted together, this long after the first of them was confirmed. */
const forgetDelayMs = 500
/** Rows deleted, or set aside, in one statement; the rest waits for the next one. */
const forgetBatchMax = 5_000

export type BatchPublisherDependencies = {
  readonly publisher: Publisher
  /** For the events: their topic must hold up nothing else. */
  readonly events: Publisher
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly onPoint: OnOrchestratorPoint
}

export class BatchPublisher {
  readonly #given: BatchPublisherDependencies
  readonly #inFlight = new Set<string>()
  /** All but the events is in Kafka: since the last look at them, and since before that. */
  #telling = new Set<string>()
  #slow = new Set<string>()
  /** In Kafka, and not yet deleted. */
  readonly #confirmed = new Set<string>()
  /** All but the events is in Kafka; not yet marked so. */
  readonly #aside = new Set<string>()
  readonly #stopping = new AbortController()
  #forgetting: Promise<void> | null = null

  constructor(given: BatchPublisherDependencies) {
    this.#given = given
  }

  /**
   * Resolves once the messages are confirmed. The events may come later: when both are in Kafka
   * the batch is forgotten, and while the events are late it is set aside for them.
   */
  async publish(batchId: string, { messages, events }: BatchMessages): Promise<void> {
    if (messages.length === 0 && events.length === 0) return
    this.#inFlight.add(batchId)
    // Every batch would find the same; recovery finds out when the topic is there again.
    const isAway = events.length > 0 && this.areEventsWaiting()
    const told = isAway ? Promise.resolve(false) : this.#tryTell(batchId, events)
    try {
      await this.#send(batchId, messages)
    } catch (error) {
      this.#inFlight.delete(batchId)
      throw error
    }
    void this.#finish(batchId, told)
  }

  /** Resolves once the messages are confirmed; the batch is for others to bring out. */
  async publishPart(batchId: string, { messages, events }: BatchMessages): Promise<void> {
    void this.#tryTell(batchId, events)
    await this.#send(batchId, messages)
  }

  /** The events of a batch that was set aside. Answers false when it still is. */
  tell(batchId: string, events: readonly Message[]): Promise<boolean> {
    this.#inFlight.add(batchId)
    return this.#finish(batchId, this.#tryTell(batchId, events))
  }

  /** Whether events would be refused, as far as is known. */
  areEventsWaiting(): boolean {
    return this.#given.events.isMissing(eventsTopic)
  }

  /** Being published from memory, or dealt with already: recovery leaves these alone. */
  known(): readonly string[] {
    return [...this.#inFlight, ...this.#confirmed, ...this.#aside]
  }

  forget(batchIds: readonly string[]): void {
    for (const id of batchIds) this.#confirmed.add(id)
    this.#forgetting ??= this.#forgetSoon()
  }

  async #finish(batchId: string, told: Promise<boolean>): Promise<boolean> {
    this.#telling.add(batchId)
    this.#forgetting ??= this.#forgetSoon()
    const isTold = await told
    this.#telling.delete(batchId)
    this.#slow.delete(batchId)
    this.#inFlight.delete(batchId)
    const done = isTold ? this.#confirmed : this.#aside
    done.add(batchId)
    this.#forgetting ??= this.#forgetSoon()
    return isTold
  }

  async #send(batchId: string, messages: readonly Message[]): Promise<void> {
    try {
      await this.#given.publisher.publish(messages)
    } catch (error) {
      if (!isHopeless(error)) throw error
      // No resend can bring it out: the step's own limit decides about the saga.
      this.#given.log.error('publish.refused', { batchId, error })
    }
  }

  /** False when they may get through later. Never rejects. */
  async #tryTell(batchId: string, events: readonly Message[]): Promise<boolean> {
    const { events: publisher, onPoint } = this.#given
    try {
      await onPoint('events.before-publish')
      await publisher.publish(events, { isPatient: false })
      await onPoint('events.after-publish')
      return true
    } catch (error) {
      this.#given.log.warn('publish.events.refused', { batchId, error })
      return isHopeless(error) && error.code !== 'TOPIC_UNAVAILABLE'
    }
  }

  /** Forgets what is confirmed. The publishers are stopped by their owner, before. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#forgetting
    await this.#forgetNow()
  }

  async #forgetSoon(): Promise<void> {
    await this.#given.clock.wait(forgetDelayMs, this.#stopping.signal)
    await this.#forgetNow()
    this.#forgetting = null
    const left = [this.#confirmed, this.#aside, this.#telling, this.#slow]
    const isMore = left.some(({ size }) => size > 0)
    if (isMore && !this.#stopping.signal.aborted) this.forget([])
  }

  async #forgetNow(): Promise<void> {
    // Before it is due, so that nobody sends its commands again.
    for (const id of this.#slow) this.#aside.add(id)
    this.#slow = this.#telling
    this.#telling = new Set()
    await this.#write(this.#confirmed, toDelete)
    await this.#write(this.#aside, toSetAside)
  }

  async #write(from: Set<string>, { write, before, after }: BatchWrite): Promise<void> {
    const { db, onPoint } = this.#given
    const ids = [...from].slice(0, forgetBatchMax)
    if (ids.length === 0) return
    try {
      await onPoint(before)
      await write(db, ids)
      await onPoint(after)
      for (const id of ids) from.delete(id)
    } catch (error) {
      // Tried again with the next ones; left over, they are published once more, by others.
      this.#given.log.warn('publish.forget.failed', { batches: ids.length, error })
    }
  }
}

function isHopeless(error: unknown): error is SagalineError {
  return error instanceof SagalineError && !error.retryable
}
