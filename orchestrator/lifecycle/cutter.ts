// Cuts what is old of something that is kept for a time, a little at a time.
import type { Clock } from '../../messaging/clock.ts'
import type { Log } from '../../messaging/log.ts'

export type CutterOptions = {
  readonly clock: Clock
  readonly log: Log
  /** For the log. */
  readonly what: string
  /** Answers whether there may be more. */
  readonly cut: () => Promise<boolean>
}

/** How often it looks for what is old, and the pause while there is more of it. */
const cutEveryMs = 10_000
const cutRestMs = 50

export class Cutter {
  readonly #options: CutterOptions
  readonly #stopping = new AbortController()
  #running: Promise<void> | null = null

  constructor(options: CutterOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, log, what, cut } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const isMore = await cut().catch((error: unknown) => {
        if (!signal.aborted) log.warn('cut.failed', { what, error })
        return false
      })
      await clock.wait(isMore ? cutRestMs : cutEveryMs, signal)
    }
  }
}
