// Takes events that another instance held because it lacks their saga's definition or its key. Two
// takers of one event do no harm: the second one finds that it is no longer awaited. It goes through
// the table page by page, so that what cannot be taken here does not keep it from the rest.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import { definitionKey, type Registry } from '../definition/registry.ts'
import { findHeldEvents, type HeldPage, releaseEvents } from '../store/held-events.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { AdvanceSagas } from './advance-sagas.ts'
import { isForAnother } from './is-for-another.ts'

/** How often it looks; the table is empty but for deployments. */
const pollMs = 1_000
/** Events looked at in one go; when there are more, the next go follows at once. */
const takeMax = 200
/** After a full page of which nothing could be taken: many such pages must not cost much. */
const nothingTakenMs = 100

/** Before any id. */
const first = '0'

export type HeldEventsDependencies = {
  readonly db: Db
  readonly registry: Registry
  readonly rows: RowCipher
  readonly sagas: AdvanceSagas
  readonly clock: Clock
  readonly log: Log
}

export class HeldEventsPoller {
  readonly #given: HeldEventsDependencies
  readonly #stopping = new AbortController()
  /** The id that the next page begins after. */
  #after = first
  /** Left where they are on the way through the table; and the last time, as it was logged. */
  #left = 0
  #leftBefore = 0
  #ended: Promise<void> | null = null

  constructor(given: HeldEventsDependencies) {
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
      const waitMs = await this.#takePage().catch((error: unknown) => {
        if (!signal.aborted) log.warn('held.poll.failed', { error })
        return pollMs
      })
      if (waitMs > 0) await clock.wait(waitMs, signal)
    }
  }

  /** Answers how long to wait before the next one. */
  async #takePage(): Promise<number> {
    const { db, registry, rows } = this.#given
    const definitions = registry.all().map(definitionKey)
    const page = await findHeldEvents(db, rows, { definitions, limit: takeMax, after: this.#after })
    this.#after = page.next ?? first
    const taken = page.events.length === 0 ? 0 : await this.#take(page.events)
    this.#left += page.unreadable + page.events.length - taken
    if (page.next === null) {
      this.#countLeft()
      return pollMs
    }
    return taken === 0 ? nothingTakenMs : 0
  }

  /** Answers how many are done with. */
  async #take(held: HeldPage['events']): Promise<number> {
    const { db, sagas, log } = this.#given
    const advanced = await sagas.advance(held)
    const done = held.filter((_, index) => {
      const problem = advanced[index]?.problem ?? null
      if (problem !== null && isForAnother(problem)) return false
      if (problem !== null) log.warn('held.event.unusable', { error: problem })
      return true
    })
    await releaseEvents(
      db,
      done.map(({ id }) => id),
    )
    return done.length
  }

  /** Logged when it changed, not every second. */
  #countLeft(): void {
    if (this.#left !== this.#leftBefore) {
      this.#given.log.warn('held.events.left', { events: this.#left })
    }
    this.#leftBefore = this.#left
    this.#left = 0
  }
}
