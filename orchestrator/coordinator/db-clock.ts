// The time of Postgres without asking it each time: the offset to this process's steady clock,
// renewed by every answer that carries the time. Starts take their `now` from here; whatever
// holds a lock reads the real one.
import type { Clock } from '../../messaging/clock.ts'
import { invariant } from '../../messaging/errors.ts'

export class DbClock {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #offsetMs: number | null = null

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** Postgres just said that it is `nowMs` (since the epoch). */
  observe(nowMs: number): void {
    this.#offsetMs = nowMs - this.#clock.monotonicMs()
  }

  /** Milliseconds since the epoch; late by a round trip at the most, never early. */
  now(): number {
    invariant(this.#offsetMs !== null, 'the time of Postgres is not known yet')
    return Math.floor(this.#clock.monotonicMs() + this.#offsetMs)
  }
}
