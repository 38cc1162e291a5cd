// Cuts what is old of the statistics, a little at a time.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import { cutStats } from '../store/stats-windows.ts'

type CutterGiven = { readonly db: Db; readonly clock: Clock; readonly log: Log }

/** How often it looks for what is old, and the pause while there is more of it. */
const cutEveryMs = 10_000
const cutRestMs = 50

export class StatsCutter {
  readonly #given: CutterGiven
  readonly #stopping = new AbortController()
  #running: Promise<void> | null = null

  constructor(given: CutterGiven) {
    this.#given = given
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { db, clock, log } = this.#given
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const isMore = await cutStats(db).catch((error: unknown) => {
        if (!signal.aborted) log.warn('stats.cut.failed', { error })
        return false
      })
      await clock.wait(isMore ? cutRestMs : cutEveryMs, signal)
    }
  }
}
