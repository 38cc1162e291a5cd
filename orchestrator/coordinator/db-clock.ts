// The time of Postgres without asking it each time: the offset to this process's steady clock,
// renewed by every answer that carries the time. Starts, and replies to sagas that this process knows,
// take their `now` from here; whatever holds a lock reads the real one.
import type { Clock } from '../../messaging/clock.ts'
import { invariant } from '../../messaging/errors.ts'

/** Answers are late by different times: what looks like a step back by less is none. */
const stepBackMsMin = 1_000

export class DbClock {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #offsetMs: number | null = null
  #lastMs = 0

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** Postgres just said that it is `nowMs` (since the epoch). */
  observe(nowMs: number): void {
    this.#offsetMs = nowMs - this.#clock.monotonicMs()
    this.#pass(nowMs)
  }

  /**
   * Milliseconds since the epoch; late by a round trip at the most, never early, and not before what was
   * told or observed already, unless the server's clock was set back.
   */
  now(): number {
    invariant(this.#offsetMs !== null, 'the time of Postgres is not known yet')
    return this.#pass(Math.floor(this.#clock.monotonicMs() + this.#offsetMs))
  }

  #pass(nowMs: number): number {
    const isLate = nowMs < this.#lastMs && this.#lastMs - nowMs < stepBackMsMin
    if (!isLate) this.#lastMs = nowMs
    return this.#lastMs
  }
}
