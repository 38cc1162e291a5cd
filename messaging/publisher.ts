// Sends messages in batches, one batch in flight: what gathers meanwhile goes in the next one.
// The coordinator, the participant kit and the outbox relay publish through it. States: idle,
// sending, pausing (the last try failed), draining (after stop), stopped.
import type { Bus, OutgoingRecord } from './bus.ts'
import { backoffMs, type Clock, realClock } from './clock.ts'
import { encodeMessage } from './envelope.ts'
import { messagingError, SagalineError } from './errors.ts'
import type { Log } from './log.ts'
import type { Message } from './message.ts'
import { PassingSet, type Shell } from './passing.ts'
import { noPublishMeter, type PublishMeter } from './publish-meter.ts'

export type Publisher = {
  /**
   * Resolves once the broker has confirmed every message; until then it is tried again with
   * growing pauses. Rejects only when the publisher is stopped (PUBLISHER_STOPPED) or its queue
   * is full (PUBLISHER_FULL). A message that the broker will never take (MESSAGE_TOO_LARGE), or
   * whose topic stays away (TOPIC_UNAVAILABLE), rejects alone.
   */
  publish(messages: readonly Message[], options?: PublishOptions): Promise<void>
  /** As `publish`, of records that go out byte for byte. */
  publishRecords(records: readonly OutgoingRecord[], options?: PublishOptions): Promise<void>
  /** Whether the topic was found missing and no message of it has been confirmed since. */
  isMissing(topic: string): boolean
  /** Messages not confirmed yet. */
  backlog(): number
  /** Waits up to the drain limit for what is queued, then rejects the rest. Idempotent. */
  stop(): Promise<void>
}

export type PublishOptions = {
  /** False: a message whose topic is missing is refused at once. */
  readonly isPatient?: boolean
}

export type PublisherOptions = {
  readonly bus: Pick<Bus, 'publish'>
  readonly log: Log
  readonly clock?: Clock
  /** Messages not confirmed; a call that would exceed it is refused. */
  readonly backlogMax?: number
  /** Of their values, as characters; a call that would exceed it waits alone or is refused. */
  readonly backlogBytesMax?: number
  /** Messages in one call of the bus. */
  readonly batchMax?: number
  readonly drainMsMax?: number
  /** How long a topic may be missing before its messages are refused. */
  readonly missingMsMax?: number
  /** What nobody waits for gathers for this long before each call of the bus. */
  readonly gatherMs?: number
  readonly meter?: PublishMeter
}

const defaults = {
  backlogMax: 50_000,
  backlogBytesMax: 128 * 1024 * 1024,
  batchMax: 5_000,
  drainMsMax: 5_000,
  missingMsMax: 30_000,
  gatherMs: 0,
  meter: noPublishMeter,
}

/** Between two tries of the same batch, and until a missing topic is looked for again. */
const retryPauses = { initialMs: 50, maxMs: 2_000 }

export function createPublisher(options: PublisherOptions): Publisher {
  return new BatchingPublisher(options)
}

/** One call of `publish`: settled when none of its messages is left. */
type Call = {
  left: number
  error: unknown
  readonly isPatient: boolean
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

type Item = {
  readonly record: OutgoingRecord
  readonly call: Call
  /** Where it is listed as open. */
  open: Shell<Item> | null
}

/** A record, or why the message cannot be one. */
type Encoded = OutgoingRecord | { readonly error: unknown }

class BatchingPublisher implements Publisher {
  readonly #options: Required<PublisherOptions>
  readonly #stopping = new AbortController()
  readonly #draining = new AbortController()
  #queue: Item[] = []
  /** Everything that is queued, in flight or waiting for its topic. */
  readonly #open = new PassingSet<Item>()
  /** When a topic was first found missing, by the monotonic clock; until one of it is confirmed. */
  readonly #missingSince = new Map<string, number>()
  #openBytes = 0
  #running: Promise<void> | null = null
  #stopped: Promise<void> | null = null
  #wakeDrained: (() => void) | null = null

  constructor(options: PublisherOptions) {
    this.#options = { ...defaults, clock: realClock, ...options }
  }

  publish(messages: readonly Message[], options: PublishOptions = {}): Promise<void> {
    return this.#publish(messages.length, () => messages.map(encode), options)
  }

  publishRecords(records: readonly OutgoingRecord[], options: PublishOptions = {}): Promise<void> {
    return this.#publish(records.length, () => records, options)
  }

  #publish(
    count: number,
    encodeAll: () => readonly Encoded[],
    { isPatient = true }: PublishOptions,
  ): Promise<void> {
    if (count === 0) return Promise.resolve()
    if (this.#stopped !== null) return Promise.reject(stopped(count))
    const { backlogMax, backlogBytesMax } = this.#options
    if (this.#open.size + count > backlogMax) {
      const details = { backlog: this.#open.size, limit: backlogMax }
      return Promise.reject(messagingError('PUBLISHER_FULL', details))
    }
    const encoded = encodeAll()
    const bytes = encoded.reduce((sum, one) => sum + sizeOf(one), 0)
    // A call that exceeds it alone would never get through.
    if (this.#open.size > 0 && this.#openBytes + bytes > backlogBytesMax) {
      const details = { backlog: this.#open.size, limit: `${backlogBytesMax} bytes` }
      return Promise.reject(messagingError('PUBLISHER_FULL', details))
    }
    return new Promise((resolve, reject) => {
      const call: Call = { left: count, error: null, isPatient, resolve, reject }
      for (const one of encoded) this.#add(one, call)
      this.#running ??= this.#run()
    })
  }

  isMissing(topic: string): boolean {
    return this.#missingSince.has(topic)
  }

  backlog(): number {
    return this.#open.size
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#drain()
    return this.#stopped
  }

  #add(encoded: Encoded, call: Call): void {
    if ('error' in encoded) {
      settle(call, encoded.error)
      return
    }
    const item: Item = { record: encoded, call, open: null }
    item.open = this.#open.add(item)
    this.#queue.push(item)
    this.#openBytes += sizeOf(encoded)
  }

  async #drain(): Promise<void> {
    const { clock, drainMsMax } = this.#options
    this.#draining.abort()
    const limit = new AbortController()
    this.#wakeDrained = () => limit.abort()
    if (this.#open.size > 0) await clock.wait(drainMsMax, limit.signal)
    this.#stopping.abort()
    const error = stopped(this.#open.size)
    this.#queue = []
    for (const item of [...this.#open]) this.#finish(item, error)
  }

  async #run(): Promise<void> {
    await this.#gather()
    while (this.#queue.length > 0) {
      await this.#send(this.#queue.splice(0, this.#options.batchMax))
      if (this.#options.gatherMs > 0 && this.#queue.length > 0) await this.#gather()
    }
    this.#running = null
  }

  /** At the least, what is published in this turn of the event loop goes together. */
  async #gather(): Promise<void> {
    const { clock, gatherMs } = this.#options
    if (gatherMs > 0) await clock.wait(gatherMs, this.#draining.signal)
    else await new Promise((resolve) => setImmediate(resolve))
  }

  /** Until nothing of the batch is left, or the publisher is stopped. */
  async #send(batch: readonly Item[]): Promise<void> {
    const { clock, log, meter } = this.#options
    let items = batch
    for (let attempt = 1; items.length > 0 && !this.#stopping.signal.aborted; attempt += 1) {
      const beganAt = clock.monotonicMs()
      try {
        await this.#options.bus.publish(items.map((item) => item.record))
        meter.confirmed(items.length, (clock.monotonicMs() - beganAt) / 1_000)
        return this.#finishAll(items)
      } catch (error) {
        if (codeOf(error) === 'MESSAGE_TOO_LARGE') return this.#sendApart(items, error)
        if (codeOf(error) === 'TOPIC_MISSING') items = this.#holdMissing(items, error)
        meter.failed()
        log.warn('publisher.batch.failed', { messages: items.length, attempt, error })
        const pauseMs = backoffMs(retryPauses, attempt, clock.random)
        if (codeOf(error) !== 'TOPIC_MISSING') await clock.wait(pauseMs, this.#stopping.signal)
      }
    }
  }

  /** One of them is too large, and nobody knows which. Several stay within their order. */
  async #sendApart(items: readonly Item[], error: unknown): Promise<void> {
    const [only] = items
    if (items.length === 1 && only !== undefined) return this.#finish(only, error)
    const half = Math.ceil(items.length / 2)
    await this.#send(items.slice(0, half))
    await this.#send(items.slice(half))
  }

  /**
   * Messages for a topic that is not there yet wait aside and hold up nobody else; not for ever,
   * since whoever published them may take nothing more until they are settled.
   */
  #holdMissing(items: readonly Item[], error: unknown): readonly Item[] {
    const topic = error instanceof SagalineError ? error.details['topic'] : undefined
    const held = items.filter((item) => item.record.topic === topic)
    const [first] = held
    if (first !== undefined) this.#holdOrRefuse(first.record.topic, held)
    return items.filter((item) => item.record.topic !== topic)
  }

  #holdOrRefuse(topic: string, held: readonly Item[]): void {
    const { clock, missingMsMax } = this.#options
    const now = clock.monotonicMs()
    const since = this.#missingSince.get(topic) ?? now
    this.#missingSince.set(topic, since)
    const isWaiting = ({ call }: Item) => call.isPatient && now - since < missingMsMax
    const waiting = held.filter(isWaiting)
    if (waiting.length > 0) void this.#putBack(waiting)
    const seconds = Math.round((now - since) / 1_000)
    const error = messagingError('TOPIC_UNAVAILABLE', { topic, seconds })
    for (const item of held) if (!isWaiting(item)) this.#finish(item, error)
  }

  async #putBack(held: readonly Item[]): Promise<void> {
    await this.#options.clock.wait(retryPauses.maxMs, this.#stopping.signal)
    if (this.#stopping.signal.aborted) return
    this.#queue.push(...held)
    this.#running ??= this.#run()
  }

  #finishAll(items: readonly Item[]): void {
    for (const item of items) {
      if (this.#missingSince.size > 0) this.#missingSince.delete(item.record.topic)
      this.#finish(item, null)
    }
  }

  #finish(item: Item, error: unknown): void {
    if (item.open === null) return
    this.#open.delete(item.open)
    item.open = null
    this.#openBytes -= sizeOf(item.record)
    settle(item.call, error)
    if (this.#open.size === 0) this.#wakeDrained?.()
  }
}

function encode(message: Message): Encoded {
  try {
    return encodeMessage(message)
  } catch (error) {
    return { error }
  }
}

function sizeOf(encoded: Encoded): number {
  return 'error' in encoded ? 0 : (encoded.value?.length ?? 0)
}

function settle(call: Call, error: unknown): void {
  call.left -= 1
  call.error ??= error
  if (call.left > 0) return
  if (call.error === null) call.resolve()
  else call.reject(call.error)
}

function codeOf(error: unknown): string | null {
  return error instanceof SagalineError ? error.code : null
}

function stopped(missing: number): SagalineError {
  return messagingError('PUBLISHER_STOPPED', { missing })
}
