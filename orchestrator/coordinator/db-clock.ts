// The time of Postgres without asking it each time: the offset to this process's steady clock,
// renewed by every answer that carries the time. Starts, and replies to sagas that this process knows,
// take their `now` from here; whatever holds a lock reads the real one.
import type { Clock } from '../../messaging/clock.ts'
import { invariant } from '../../messaging/errors.ts'

/** Postgres tells whole milliseconds. */
const toldWithinMs = 1
/** What looks like a smaller step back is drift between the clocks. */
const stepBackMsMin = 1_000

export class DbClock {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  #offsetMs: number | null = null
  #lastMs = 0

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** To be taken before Postgres is asked for the time. */
  mark(): number {
    return this.#clock.monotonicMs()
  }

  /**
   * Postgres said that it is `nowMs` (since the epoch), some time between the mark and now. An answer
   * that took long says little, so what is known stays unless the answer proves it wrong.
   */
  observe(nowMs: number, mark: number): void {
    const least = nowMs - this.#clock.monotonicMs()
    const most = nowMs + toldWithinMs - mark
    const known = this.#offsetMs
    if (known === null || known < least || known > most) this.#offsetMs = least
  }

  /**
   * Milliseconds since the epoch; late by a round trip at the most, never early, and not before what was
   * told already, unless the server's clock was set back.
   */
  now(): number {
    invariant(this.#offsetMs !== null, 'the time of Postgres is not known yet')
    const now = Math.floor(this.#clock.monotonicMs() + this.#offsetMs)
    const isDrift = now < this.#lastMs && this.#lastMs - now < stepBackMsMin
    if (!isDrift) this.#lastMs = now
    return this.#lastMs
  }
}
