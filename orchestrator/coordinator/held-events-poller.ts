// Takes events that another instance held because it lacks their saga's definition. Two takers of
// one event do no harm: the second one finds that it is no longer awaited.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import { definitionKey, type Registry } from '../definition/registry.ts'
import { findHeldEvents, releaseEvents } from '../store/held-events.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { AdvanceSagas } from './advance-sagas.ts'

/** How often it looks; the table is empty but for deployments. */
const pollMs = 1_000
/** Events taken in one go; when there are more, the next go follows at once. */
const takeMax = 200

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
      const taken = await this.#take().catch((error: unknown) => {
        if (!signal.aborted) log.warn('held.poll.failed', { error })
        return 0
      })
      if (taken < takeMax) await clock.wait(pollMs, signal)
    }
  }

  async #take(): Promise<number> {
    const { db, registry, rows, sagas, log } = this.#given
    const definitions = registry.all().map(definitionKey)
    const held = await findHeldEvents(db, rows, { definitions, limit: takeMax })
    if (held.length === 0) return 0
    const advanced = await sagas.advance(held)
    for (const { problem } of advanced) {
      if (problem !== null) log.warn('held.event.unusable', { error: problem })
    }
    await releaseEvents(
      db,
      held.map(({ id }) => id),
    )
    return held.length
  }
}
