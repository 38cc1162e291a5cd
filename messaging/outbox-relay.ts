// Publishes the rows of the outbox, in the order of their ids, and deletes them once the broker has
// confirmed them; beside them the dead letters that a person wants sent again. Each process with an
// outbox runs one; at any time one of them holds the lock and relays. States: waiting (for `wake` or
// the next poll), relaying, stopped.
import { backoffMs, type Clock, realClock } from './clock.ts'
import type { Db, Tx } from './db.ts'
import { type LetterPoint, LetterReplays } from './dead-letter-replays.ts'
import { park } from './dead-letters.ts'
import { decodeMessage } from './envelope.ts'
import { SagalineError } from './errors.ts'
import type { Log } from './log.ts'
import { deleteOutboxRows, lockOutbox, type OutboxRow, probeOutbox, readOutbox } from './outbox.ts'
import type { Publisher } from './publisher.ts'

/** Where a crash could matter, in the order in which a row passes them. */
export const outboxPoints = [
  'outbox.before-publish',
  'outbox.after-publish-before-delete',
  'outbox.after-delete-before-commit',
  'outbox.after-commit',
] as const

export type OutboxPoint = (typeof outboxPoints)[number]

export type OutboxRelayOptions = {
  readonly db: Db
  readonly publisher: Publisher
  readonly log: Log
  readonly clock?: Clock
  /** Rows in one transaction. */
  readonly batchRowsMax?: number
  /** Without a `wake`: at first after work, and at the longest when idle. */
  readonly pollMsMin?: number
  readonly pollMsMax?: number
  /** Named places where tests crash it. */
  readonly onPoint?: (point: OutboxPoint | LetterPoint) => void | Promise<void>
}

const defaults = {
  clock: realClock,
  batchRowsMax: 500,
  pollMsMin: 200,
  pollMsMax: 1_000,
  onPoint: () => undefined,
}

/** The transaction waits for the broker no longer: idle ones are ended by the server after 10 s. */
const confirmMsMax = 5_000

/** While others are late already, so that a dead topic does not slow down the sound ones. */
const confirmMsWhenLate = 500

/** Late rows that are left out of the next reads; at the limit reading waits for one of them. */
const lateRowsMax = 5_000

/** After Postgres failed. */
const retryPauses = { initialMs: 200, maxMs: 5_000 }

type Outcome = 'nothing' | 'more' | 'done'

export class OutboxRelay {
  readonly #options: Required<OutboxRelayOptions>
  readonly #stopping = new AbortController()
  /** By id: what the publisher still has, and what came of it since. They are not read again. */
  readonly #late = new Map<string, Sent | null>()
  readonly #replays: LetterReplays
  #isWoken = false
  #waiting: AbortController | null = null
  #running: Promise<void> | null = null

  constructor(options: OutboxRelayOptions) {
    this.#options = { ...defaults, ...options }
    this.#replays = new LetterReplays(this.#options)
  }

  async start(): Promise<void> {
    this.#running ??= this.#run()
  }

  /** Resolves when nothing is being relayed any more; rows that are left stay for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.wake()
    await this.#running
    await this.#replays.done()
  }

  /** Call after the commit of a transaction that added to the outbox. */
  wake(): void {
    this.#isWoken = true
    this.#waiting?.abort()
  }

  async #run(): Promise<void> {
    const { log, clock, pollMsMin, pollMsMax } = this.#options
    let pollMs = pollMsMin
    let failures = 0
    while (!this.#stopping.signal.aborted) {
      this.#isWoken = false
      try {
        const outcome = await this.#relayOnce()
        failures = 0
        if (outcome === 'more') continue
        pollMs = outcome === 'done' ? pollMsMin : Math.min(pollMs * 2, pollMsMax)
        await this.#wait(pollMs)
      } catch (error) {
        if (this.#stopping.signal.aborted) return
        failures += 1
        const pauseMs = backoffMs(retryPauses, failures, clock.random)
        log.warn('outbox.relay.failed', { failures, pauseMs, error })
        await clock.wait(pauseMs, this.#stopping.signal)
      }
    }
  }

  async #wait(ms: number): Promise<void> {
    if (this.#isWoken) return
    this.#waiting = new AbortController()
    await this.#options.clock.wait(ms, this.#waiting.signal)
    this.#waiting = null
  }

  async #relayOnce(): Promise<Outcome> {
    const { db, onPoint } = this.#options
    const { hasRows, hasReplays } = await probeOutbox(db)
    // Not waited for: a letter to a topic that is away holds up nobody.
    if (hasReplays) this.#replays.begin()
    if (!hasRows) return 'nothing'
    const ended = [...this.#late.values()].filter((sent) => sent !== null)
    const sending = new Map<string, Sending>()
    try {
      const outcome = await db.transaction((tx) => this.#relayRows(tx, ended, sending))
      await onPoint('outbox.after-commit')
      return outcome
    } finally {
      // Ended ones are gone by now, or are read again; the rest would only heap up repeats.
      for (const { row } of ended) this.#late.delete(row.id)
      for (const [id, { sent, promise }] of sending) if (sent === null) this.#leaveOut(id, promise)
    }
  }

  async #relayRows(
    tx: Tx,
    ended: readonly Sent[],
    sending: Map<string, Sending>,
  ): Promise<Outcome> {
    const { batchRowsMax, onPoint } = this.#options
    await this.#remove(tx, ended)
    if (!(await lockOutbox(tx))) return 'nothing'
    const limit = Math.min(batchRowsMax, lateRowsMax - this.#late.size)
    const rows = limit > 0 ? await readOutbox(tx, limit, [...this.#late.keys()]) : []
    if (rows.length > 0) await onPoint('outbox.before-publish')
    for (const row of rows) sending.set(row.id, toSending(this.#send(row)))
    await this.#confirmed([...sending.values()])
    await onPoint('outbox.after-publish-before-delete')
    const sent = [...sending.values()].map((one) => one.sent).filter((one) => one !== null)
    await this.#remove(tx, sent)
    await onPoint('outbox.after-delete-before-commit')
    if (rows.length === 0) return 'nothing'
    return rows.length === batchRowsMax ? 'more' : 'done'
  }

  #leaveOut(id: string, promise: Promise<Sent>): void {
    this.#late.set(id, null)
    void promise.then((sent) => {
      this.#late.set(id, sent)
      this.wake()
    })
  }

  /** Never rejects. */
  async #send(row: OutboxRow): Promise<Sent> {
    // What was encrypted goes out so: the relay neither has nor needs the keys.
    const message = decodeMessage(row.record, null)
    if ('problem' in message) return { row, error: message.problem, code: 'MESSAGE_MALFORMED' }
    try {
      await this.#options.publisher.publish([message])
      return { row, error: null, code: null }
    } catch (error) {
      const isFinal = error instanceof SagalineError && !error.retryable
      return { row, error: String(error), code: isFinal ? error.code : null }
    }
  }

  /** Waits for all of them, but no longer than a transaction may. */
  async #confirmed(sending: readonly Sending[]): Promise<void> {
    const over = new AbortController()
    const limitMs = this.#late.size > 0 ? confirmMsWhenLate : confirmMsMax
    const limit = this.#options.clock.wait(limitMs, over.signal)
    await Promise.race([Promise.all(sending.map(({ promise }) => promise)), limit])
    over.abort()
  }

  /** Rows that the broker has go; those that it will never take are parked for a person. */
  async #remove(tx: Tx, sent: readonly Sent[]): Promise<void> {
    const refused = sent.filter(({ code }) => code !== null)
    for (const { row, error } of refused) {
      this.#options.log.error('outbox.row.parked', { id: row.id, topic: row.record.topic, error })
    }
    await park(
      tx,
      refused.map(({ row: { record }, error, code }) => ({
        record,
        consumer: 'outbox',
        code: code ?? '',
        reason: error ?? '',
        // What is sensitive was encrypted before it came into the outbox.
        isSensitive: false,
      })),
    )
    const gone = sent.filter(({ error, code }) => error === null || code !== null)
    const ids = gone.map(({ row }) => row.id)
    await deleteOutboxRows(tx, ids)
    const first = sent.find(({ error, code }) => error !== null && code === null)
    if (first !== undefined && gone.length === 0) throw new Error(first.error ?? '')
  }
}

type Sent = {
  readonly row: OutboxRow
  /** Why it was not published, or null. */
  readonly error: string | null
  /** Of an error that no repeat can mend. */
  readonly code: string | null
}

type Sending = { readonly promise: Promise<Sent>; sent: Sent | null }

function toSending(promise: Promise<Sent>): Sending {
  const sending: Sending = { promise, sent: null }
  void promise.then((sent) => {
    sending.sent = sent
  })
  return sending
}
