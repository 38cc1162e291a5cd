// Wakes sagas whose time may have come. It reads due ones unlocked; the advance under the saga's
// lock decides what is really due, so that two pollers fire a timer once.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import { findDueSagas } from '../store/timers.ts'
import type { AdvanceSagas } from './advance-sagas.ts'
import type { DbClock } from './db-clock.ts'

/** How late a timer may be noticed. */
const pollMs = 200
/** Sagas woken in one go; when there are more, the next go follows at once. */
const wakeMax = 500
/** How long a saga that cannot be woken here is left to other instances, and how many are. */
const leaveAloneMs = 10_000
const leftAloneMax = 20_000

export class TimerPoller {
  readonly #given: {
    readonly db: Db
    readonly dbClock: DbClock
    readonly sagas: AdvanceSagas
    readonly clock: Clock
    readonly log: Log
  }
  readonly #stopping = new AbortController()
  /** Sagas that cannot be woken here, and until when they are left alone (by the steady clock). */
  readonly #unwakeable = new Map<SagaId, number>()
  #ended: Promise<void> | null = null

  constructor(given: { db: Db; dbClock: DbClock; sagas: AdvanceSagas; clock: Clock; log: Log }) {
    this.#given = given
  }

  start(): void {
    this.#ended ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#given
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const woken = await this.#wakeDue().catch((error: unknown) => {
        if (!signal.aborted) log.warn('timers.poll.failed', { error })
        return 0
      })
      if (woken < wakeMax) await clock.wait(pollMs, signal)
    }
  }

  async #wakeDue(): Promise<number> {
    const { db, dbClock, sagas, log } = this.#given
    const mark = dbClock.mark()
    const { now, sagaIds } = await findDueSagas(db, wakeMax, this.#leftAlone())
    dbClock.observe(now, mark)
    if (sagaIds.length === 0) return 0
    const event = { type: 'woken' } as const
    const advanced = await sagas.advance(sagaIds.map((sagaId) => ({ sagaId, event, cause: null })))
    const failed = sagaIds.filter((_, index) => advanced[index]?.problem != null)
    if (failed.length > 0) {
      const error = advanced.find(({ problem }) => problem !== null)?.problem
      log.warn('timers.wake.failed', { sagas: failed.length, error })
      this.#leaveAlone(failed)
    }
    return sagaIds.length
  }

  /** What cannot be woken here (its definition is missing) must not keep others from their time. */
  #leaveAlone(sagaIds: readonly SagaId[]): void {
    const until = this.#given.clock.monotonicMs() + leaveAloneMs
    for (const id of sagaIds) {
      if (this.#unwakeable.size < leftAloneMax) this.#unwakeable.set(id, until)
    }
  }

  #leftAlone(): readonly SagaId[] {
    const now = this.#given.clock.monotonicMs()
    for (const [id, until] of this.#unwakeable) if (until <= now) this.#unwakeable.delete(id)
    return [...this.#unwakeable.keys()]
  }
}
