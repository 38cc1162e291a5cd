// Publishes the rows of the outbox, in the order of their ids, and deletes them once the broker has
// confirmed them. Each service that writes an outbox runs one in each of its processes; at any
// time one of them holds the lock and relays. States: waiting (for `wake` or the next poll),
// relaying, stopped.
import { backoffMs, type Clock, realClock } from './clock.ts'
import type { Db, Tx } from './db.ts'
import { park } from './dead-letters.ts'
import { decodeMessage } from './envelope.ts'
import { SagalineError } from './errors.ts'
import type { Log } from './log.ts'
import {
  deleteOutboxRows,
  hasOutboxRows,
  lockOutbox,
  type OutboxRow,
  readOutbox,
} from './outbox.ts'
import type { Publisher } from './publisher.ts'

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
  readonly onPoint?: (name: string) => Promise<void>
}

const defaults = {
  clock: realClock,
  batchRowsMax: 500,
  pollMsMin: 200,
  pollMsMax: 1_000,
  onPoint: async () => undefined,
}

/** The transaction waits for the broker no longer: idle ones are ended by the server after 10 s. */
const confirmMsMax = 5_000

/** How often a late publication is looked at. */
const publishingCheckMs = 200

/** After Postgres failed. */
const retryPauses = { initialMs: 200, maxMs: 5_000 }

type Outcome = 'nothing' | 'more' | 'done'

export class OutboxRelay {
  readonly #options: Required<OutboxRelayOptions>
  readonly #stopping = new AbortController()
  #isWoken = false
  #waiting: AbortController | null = null
  #running: Promise<void> | null = null

  constructor(options: OutboxRelayOptions) {
    this.#options = { ...defaults, ...options }
  }

  async start(): Promise<void> {
    this.#running ??= this.#run()
  }

  /** Resolves when nothing is being relayed any more; rows that are left stay for the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.wake()
    await this.#running
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
    const { db, batchRowsMax, onPoint } = this.#options
    if (!(await hasOutboxRows(db))) return 'nothing'
    let publishing: Promise<unknown> = Promise.resolve()
    try {
      return await db.transaction(async (tx) => {
        if (!(await lockOutbox(tx))) return 'nothing'
        const rows = await readOutbox(tx, batchRowsMax)
        const sending = rows.map((row) => this.#send(row))
        publishing = Promise.all(sending)
        const sent = await this.#confirmed(sending)
        await onPoint('outbox.after-publish-before-delete')
        await this.#remove(tx, sent)
        await onPoint('outbox.after-delete-before-commit')
        return rows.length === batchRowsMax ? 'more' : 'done'
      })
    } catch (error) {
      await this.#waitFor(publishing)
      throw error
    }
  }

  /** Never rejects. */
  async #send(row: OutboxRow): Promise<Sent> {
    const message = decodeMessage(row.record)
    if ('problem' in message) return { row, error: message.problem, code: 'MESSAGE_MALFORMED' }
    try {
      await this.#options.publisher.publish([message])
      return { row, error: null, code: null }
    } catch (error) {
      const isFinal = error instanceof SagalineError && !error.retryable
      return { row, error: String(error), code: isFinal ? error.code : null }
    }
  }

  async #confirmed(sending: readonly Promise<Sent>[]): Promise<readonly Sent[]> {
    const late = Symbol('late')
    const over = new AbortController()
    const limit = this.#options.clock.wait(confirmMsMax, over.signal).then(() => late)
    const sent = await Promise.race([Promise.all(sending), limit])
    over.abort()
    if (typeof sent === 'symbol') throw new Error(`not confirmed within ${confirmMsMax} ms`)
    return sent
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
      })),
    )
    const gone = sent.filter(({ error, code }) => error === null || code !== null)
    const ids = gone.map(({ row }) => row.id)
    await deleteOutboxRows(tx, ids)
    const first = sent.find(({ error, code }) => error !== null && code === null)
    if (first !== undefined && gone.length === 0) throw new Error(first.error ?? '')
  }

  /** The publisher still has the rows: reading them again now would only heap up repeats. */
  async #waitFor(publishing: Promise<unknown>): Promise<void> {
    let isOver = false
    void publishing.then(() => {
      isOver = true
    })
    const { signal } = this.#stopping
    while (!isOver && !signal.aborted) await this.#options.clock.wait(publishingCheckMs, signal)
  }
}

type Sent = {
  readonly row: OutboxRow
  /** Why it was not published, or null. */
  readonly error: string | null
  /** Of an error that no repeat can mend. */
  readonly code: string | null
}
