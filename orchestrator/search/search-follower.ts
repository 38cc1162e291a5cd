// Follows the lifecycle events into the read model: which saga moved is all that it takes from them.
// Every process follows a part of the topic, as one group. States: made, joining (tries until the
// topic is there), following, stopped.
import type { Bus, IncomingRecord, Subscription } from '../../messaging/bus.ts'
import { backoffMs, type Clock } from '../../messaging/clock.ts'
import type { SagaId } from '../../messaging/message.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import { leaveFollowers, sayBehind } from '../store/search-followers.ts'
import { type RefreshDependencies, refreshSagas } from './refresh-sagas.ts'

export type FollowerDependencies = RefreshDependencies & {
  readonly bus: Bus
  readonly clock: Clock
}

export const searchGroup = 'sagaline.search'

/** Events handed over in one go; a saga that moved often meanwhile is written once. */
const recordsMax = 5_000
/** From the beginning of one go to the next, unless it was full: what gathers then costs least. */
const gatherMs = 500
/** How often this process says how far it is behind. */
const sayMs = 1_000
/** Joining is tried again for as long as the process lives. */
const joinPauses = { initialMs: 500, maxMs: 10_000 }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export class SearchFollower {
  readonly #given: FollowerDependencies
  readonly #id: string
  readonly #stopping = new AbortController()
  #subscription: Subscription | null = null
  /** The time of the oldest change that is being written; null between two goes. */
  #oldest: number | null = null
  #lastGo = { endedAt: Number.NEGATIVE_INFINITY, behindMs: 0 }
  #running: Promise<unknown> | null = null

  constructor(given: FollowerDependencies) {
    this.#given = given
    this.#id = given.clock.newId()
  }

  /** Nobody waits for it: sagas go on without lists. */
  start(): void {
    this.#running ??= Promise.all([this.#join(), this.#sayHowFar()])
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#subscription?.stop()
    await this.#running
    await this.#subscription?.stop()
    const { db, log } = this.#given
    await leaveFollowers(db, this.#id).catch((error: unknown) =>
      log.warn('search.leave.failed', { error }),
    )
  }

  async #join(): Promise<void> {
    const { bus, clock, log } = this.#given
    const { signal } = this.#stopping
    for (let attempt = 1; !signal.aborted && this.#subscription === null; attempt++) {
      try {
        this.#subscription = await bus.subscribe({
          groupId: searchGroup,
          topics: [eventsTopic],
          batchRecordsMax: recordsMax,
          handle: (records) => this.#take(records),
        })
      } catch (error) {
        if (!signal.aborted) log.warn('search.join.failed', { attempt, error })
        await clock.wait(backoffMs(joinPauses, attempt, clock.random), signal)
      }
    }
  }

  /** It holds back after a go, so that the next one has everything that came meanwhile. */
  async #take(records: readonly IncomingRecord[]): Promise<{ settled: Promise<void> }> {
    const { clock } = this.#given
    const begunAt = clock.monotonicMs()
    this.#oldest = oldestOf(records)
    const ids = new Set(records.flatMap(sagaIdOf))
    await refreshSagas(this.#given, [...ids], { isRebuild: false, isTold: true })
    this.#lastGo = { endedAt: clock.monotonicMs(), behindMs: clock.now().getTime() - this.#oldest }
    this.#oldest = null
    const restMs = begunAt + gatherMs - clock.monotonicMs()
    if (restMs > 0 && records.length < recordsMax) await clock.wait(restMs, this.#stopping.signal)
    return { settled: Promise.resolve() }
  }

  async #sayHowFar(): Promise<void> {
    const { db, clock, log } = this.#given
    const { signal } = this.#stopping
    let wellAt = clock.now().getTime()
    while (!signal.aborted) {
      const now = clock.now().getTime()
      if (this.#isWell()) wellAt = now
      const behindMs = Math.max(0, now - wellAt, this.#behindMs(now))
      await sayBehind(db, this.#id, behindMs).catch((error: unknown) => {
        if (!signal.aborted) log.warn('search.say.failed', { error })
      })
      await clock.wait(sayMs, signal)
    }
  }

  /** By what is in work, or else by the last go, while it is news. */
  #behindMs(now: number): number {
    if (this.#oldest !== null) return now - this.#oldest
    const { endedAt, behindMs } = this.#lastGo
    return this.#given.clock.monotonicMs() - endedAt < 2 * sayMs ? behindMs : 0
  }

  #isWell(): boolean {
    return this.#subscription !== null && this.#subscription.problem() === null
  }
}

function sagaIdOf({ key }: IncomingRecord): readonly SagaId[] {
  const text = key?.toString('latin1') ?? ''
  return uuid.test(text) ? [text as SagaId] : []
}

function oldestOf(records: readonly IncomingRecord[]): number {
  return records.reduce(
    (oldest, { timestamp }) => Math.min(oldest, timestamp.getTime()),
    Number.POSITIVE_INFINITY,
  )
}
