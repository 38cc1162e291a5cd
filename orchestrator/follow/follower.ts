// Follows the lifecycle events for all that is kept up beside the sagas, as one consumer group of all
// orchestrators: each record is fetched and read once, whoever wants something of it. Every process
// follows a part of the topic, and says how far it is behind. Made by `orchestrator.ts`, apart from the
// coordinator: lists and statistics stay as they were without it.
// States: made, joining (tries until the topic is there), following, stopped.
import type { Bus, Handled, IncomingRecord, Subscription } from '../../messaging/bus.ts'
import { backoffMs, type Clock } from '../../messaging/clock.ts'
import { joinGroup } from '../../messaging/join-group.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import type { RefreshDependencies } from '../search/refresh-sagas.ts'
import { leaveFollowers, sayBehind } from '../store/event-followers.ts'
import { followBatch } from './follow-batch.ts'
import { type Gathered, GatheredEvents } from './gathered-events.ts'

export const followersGroup = 'sagaline.followers'

export type FollowerDependencies = RefreshDependencies & {
  readonly bus: Bus
  readonly clock: Clock
}

/**
 * From the beginning of one go to the next: what moved often meanwhile is written once. A saga may wait
 * for two of them, and live streams show an event within a second or so.
 */
const goMs = 300
/** Read at a time: more would keep the event loop from everything else. */
const batchRecordsMax = 500
/** Of one go. When so many wait none is read, and the go does not wait for its time. */
const waitingRecordsMax = 8_000
/** Tries go on for as long as the process lives. */
const retryPauses = { initialMs: 100, maxMs: 5_000 }
/** How often this process says how far it is behind. */
const sayMs = 1_000

export class Follower {
  readonly #given: FollowerDependencies
  readonly #id: string
  readonly #stopping = new AbortController()
  readonly #events = new GatheredEvents()
  #subscription: Subscription | null = null
  /** What is being kept; null between two goes. */
  #going: Gathered | null = null
  #lastGo = { endedAt: Number.NEGATIVE_INFINITY, behindMs: 0 }
  /** The subscription is stopped: nothing will be added. */
  #isLast = false
  #wakeGoes: (() => void) | null = null
  /** Ends the rest between two goes. */
  #resting = new AbortController()
  #wakeReader: (() => void) | null = null
  #joining: Promise<void> | null = null
  #running: Promise<unknown> | null = null

  constructor(given: FollowerDependencies) {
    this.#given = given
    this.#id = given.clock.newId()
  }

  /** Nobody waits for it: sagas go on without. */
  start(): void {
    this.#joining ??= this.#join()
    this.#running ??= Promise.all([this.#go(), this.#sayHowFar()])
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#resting.abort()
    await this.#joining
    await this.#subscription?.stop()
    this.#isLast = true
    this.#wakeGoes?.()
    await this.#running
    const { db, log } = this.#given
    await leaveFollowers(db, this.#id).catch((error: unknown) =>
      log.warn('follower.leave.failed', { groupId: followersGroup, error }),
    )
  }

  async #join(): Promise<void> {
    const { bus, clock, log } = this.#given
    this.#subscription = await joinGroup({
      ...{ bus, clock, log, batchRecordsMax },
      groupId: followersGroup,
      signal: this.#stopping.signal,
      topics: [eventsTopic],
      isPatient: true,
      handle: (records) => this.#read(records),
    })
  }

  async #read(records: readonly IncomingRecord[]): Promise<Handled> {
    const settled = this.#events.add(records)
    this.#wakeGoes?.()
    while (this.#isFull && !this.#isLast) {
      this.#resting.abort()
      await new Promise<void>((resolve) => {
        this.#wakeReader = resolve
      })
    }
    return { settled, isTaken: true }
  }

  async #go(): Promise<void> {
    const { clock } = this.#given
    const { signal } = this.#stopping
    while (!this.#isLast || this.#events.records > 0) {
      if (this.#events.records === 0) await this.#untilSomeCame()
      const begunAt = clock.monotonicMs()
      this.#going = this.#events.take({ isAll: this.#isFull || signal.aborted })
      if (this.#going !== null) await this.#keep(this.#going)
      this.#going = null
      this.#wakeReader?.()
      await this.#rest(begunAt + goMs - clock.monotonicMs())
    }
  }

  get #isFull(): boolean {
    return this.#events.records >= waitingRecordsMax
  }

  async #rest(ms: number): Promise<void> {
    if (ms <= 0 || this.#isFull || this.#stopping.signal.aborted) return
    this.#resting = new AbortController()
    await this.#given.clock.wait(ms, this.#resting.signal)
  }

  #untilSomeCame(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeGoes = resolve
      if (this.#isLast) resolve()
    })
  }

  async #keep(going: Gathered): Promise<void> {
    const { clock, log } = this.#given
    const { signal } = this.#stopping
    for (let tries = 1; ; tries++) {
      try {
        await followBatch(this.#given, going)
        break
      } catch (error) {
        // Whoever reads these partitions next is told again.
        if (signal.aborted) return going.fail(error)
        const pauseMs = backoffMs(retryPauses, tries, clock.random)
        log.warn('follower.failed', { sagas: going.moved.length, tries, pauseMs, error })
        await clock.wait(pauseMs, signal)
      }
    }
    this.#lastGo = {
      endedAt: clock.monotonicMs(),
      behindMs: clock.now().getTime() - going.oldestAt,
    }
    going.settle()
  }

  async #sayHowFar(): Promise<void> {
    const { clock, log, db } = this.#given
    const { signal } = this.#stopping
    let wellAt = clock.now().getTime()
    while (!signal.aborted) {
      const now = clock.now().getTime()
      if (this.#isWell()) wellAt = now
      const behindMs = Math.max(0, now - wellAt, this.#behindMs(now))
      await sayBehind(db, this.#id, behindMs).catch((error: unknown) => {
        if (!signal.aborted) log.warn('follower.say.failed', { groupId: followersGroup, error })
      })
      await clock.wait(sayMs, signal)
    }
  }

  /** By what is in work, or else by the last go, while it is news. */
  #behindMs(now: number): number {
    if (this.#going !== null) return now - this.#going.oldestAt
    const { endedAt, behindMs } = this.#lastGo
    return this.#given.clock.monotonicMs() - endedAt < 2 * sayMs ? behindMs : 0
  }

  #isWell(): boolean {
    return this.#subscription !== null && this.#subscription.problem() === null
  }
}
