// Follows the lifecycle events, for what is kept up beside the sagas. Every process follows a part of the topic, as one group, and says how far it is behind.
// States: made, joining (tries until the topic is there), following, stopped.
import type { Bus, IncomingRecord, Subscription } from '../../messaging/bus.ts'
import type { Clock } from '../../messaging/clock.ts'
import type { Log } from '../../messaging/log.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import { joinGroup } from './join-group.ts'

export type EventFollowerOptions = {
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly groupId: string
  /** From the beginning of one go to the next, unless it was full: what gathers then costs least. */
  readonly gatherMs: number
  /** Resolves when everything of it is kept. Rejects only with what passes. */
  readonly take: (records: readonly IncomingRecord[]) => Promise<void>
  /** Keeps how far the process with this id is behind. */
  readonly say: (id: string, behindMs: number) => Promise<void>
  /** It follows no more. */
  readonly leave: (id: string) => Promise<void>
}

/** Events handed over in one go. */
const recordsMax = 5_000
/** How often this process says how far it is behind. */
const sayMs = 1_000

export class EventFollower {
  readonly #options: EventFollowerOptions
  readonly #id: string
  readonly #stopping = new AbortController()
  #subscription: Subscription | null = null
  /** The time of the oldest event that is being taken; null between two goes. */
  #oldest: number | null = null
  #lastGo = { endedAt: Number.NEGATIVE_INFINITY, behindMs: 0 }
  #running: Promise<unknown> | null = null

  constructor(options: EventFollowerOptions) {
    this.#options = options
    this.#id = options.clock.newId()
  }

  /** Nobody waits for it: sagas go on without. */
  start(): void {
    this.#running ??= Promise.all([this.#join(), this.#sayHowFar()])
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#subscription?.stop()
    await this.#running
    await this.#subscription?.stop()
    const { leave, log, groupId } = this.#options
    await leave(this.#id).catch((error: unknown) =>
      log.warn('follower.leave.failed', { groupId, error }),
    )
  }

  async #join(): Promise<void> {
    const { groupId } = this.#options
    const asked = {
      groupId,
      topics: [eventsTopic],
      batchRecordsMax: recordsMax,
      isPatient: true,
      handle: (records: readonly IncomingRecord[]) => this.#take(records),
    }
    this.#subscription = await joinGroup(this.#options, asked, this.#stopping.signal)
  }

  /** It holds back after a go, so that the next one has everything that came meanwhile. */
  async #take(records: readonly IncomingRecord[]): Promise<{ settled: Promise<void> }> {
    const { clock, gatherMs, take } = this.#options
    const begunAt = clock.monotonicMs()
    this.#oldest = oldestOf(records)
    await take(records)
    this.#lastGo = { endedAt: clock.monotonicMs(), behindMs: clock.now().getTime() - this.#oldest }
    this.#oldest = null
    const restMs = begunAt + gatherMs - clock.monotonicMs()
    if (restMs > 0 && records.length < recordsMax) await clock.wait(restMs, this.#stopping.signal)
    return { settled: Promise.resolve() }
  }

  async #sayHowFar(): Promise<void> {
    const { clock, log, groupId, say } = this.#options
    const { signal } = this.#stopping
    let wellAt = clock.now().getTime()
    while (!signal.aborted) {
      const now = clock.now().getTime()
      if (this.#isWell()) wellAt = now
      const behindMs = Math.max(0, now - wellAt, this.#behindMs(now))
      await say(this.#id, behindMs).catch((error: unknown) => {
        if (!signal.aborted) log.warn('follower.say.failed', { groupId, error })
      })
      await clock.wait(sayMs, signal)
    }
  }

  /** By what is in work, or else by the last go, while it is news. */
  #behindMs(now: number): number {
    if (this.#oldest !== null) return now - this.#oldest
    const { endedAt, behindMs } = this.#lastGo
    return this.#options.clock.monotonicMs() - endedAt < 2 * sayMs ? behindMs : 0
  }

  #isWell(): boolean {
    return this.#subscription !== null && this.#subscription.problem() === null
  }
}

function oldestOf(records: readonly IncomingRecord[]): number {
  return records.reduce(
    (oldest, { timestamp }) => Math.min(oldest, timestamp.getTime()),
    Number.POSITIVE_INFINITY,
  )
}
