// Takes events that another instance held because it lacks their saga's definition or its key. Two
// takers of one event do no harm: the second one finds that it is no longer awaited. It goes through
// the table page by page, so that what cannot be taken here does not keep it from the rest.
import type { Cipher } from '../../messaging/cipher.ts'
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import { definitionKey, type Registry } from '../definition/registry.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import { findHeldEvents, type HeldPage, releaseEvents } from '../store/held-events.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { AdvanceSagas } from './advance-sagas.ts'
import { isForAnother } from './is-for-another.ts'
import { type Poison, parkAll } from './reply-intake.ts'
import type { SagaMetrics } from './saga-metrics.ts'

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
  readonly cipher: Cipher
  readonly registry: Registry
  readonly rows: RowCipher
  readonly sagas: AdvanceSagas
  readonly clock: Clock
  readonly log: Log
  readonly meters: SagaMetrics
  readonly onPoint: OnOrchestratorPoint
}

export class HeldEventsPoller {
  readonly #given: HeldEventsDependencies
  readonly #stopping = new AbortController()
  /** The id that the next page begins after. */
  #after = first
  /** Left where they are on the way through the table; and the last time, as it was logged. */
  #left = 0
  #leftBefore = 0
  /** Taken, and not gone yet: what came of them is not certain. */
  readonly #taken = new Map<string, Promise<void>>()
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
    await Promise.all(this.#taken.values())
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
    const fresh = page.events.filter(({ id }) => !this.#taken.has(id))
    const taken = fresh.length === 0 ? 0 : await this.#take(fresh)
    this.#left += page.unreadable + fresh.length - taken
    if (page.next === null) {
      this.#countLeft()
      return pollMs
    }
    return taken === 0 ? nothingTakenMs : 0
  }

  /** Answers how many are done with, or will be. */
  async #take(held: HeldPage['events']): Promise<number> {
    const { sagas, log } = this.#given
    const advanced = await sagas.advance(held)
    const poison: Poison[] = []
    const done = new Map<Promise<void>, string[]>()
    let taken = 0
    held.forEach(({ id, record }, index) => {
      const { problem = null, published = Promise.resolve() } = advanced[index] ?? {}
      if (problem !== null && isForAnother(problem)) return
      if (problem !== null && record !== null) poison.push({ record, error: problem })
      else if (problem !== null) log.warn('held.event.unusable', { error: problem })
      taken += 1
      const together = done.get(published)
      if (together) together.push(id)
      else done.set(published, [id])
    })
    await parkAll(this.#given, poison)
    for (const [published, ids] of done) this.#release(published, ids)
    return taken
  }

  /** A saga whose row somebody holds takes its event later: until then that is kept. */
  #release(published: Promise<void>, ids: readonly string[]): void {
    const { db, log, onPoint } = this.#given
    const released = published
      .then(() => onPoint('held.after-publish-before-release'))
      .then(() => releaseEvents(db, ids))
      .catch((error: unknown) => log.warn('held.release.failed', { error }))
      .finally(() => {
        for (const id of ids) this.#taken.delete(id)
      })
    for (const id of ids) this.#taken.set(id, released)
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
