// Makes the parts of the history for the days to come, so that each is there when its first saga is.
// One that is missing fails no start: its entries lie in the rest, and move when it is made. Part of
// every orchestrator; the database sees to it that each part is made once. States: looking, waiting,
// stopped.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import type { Metrics } from '../../messaging/metrics.ts'
import { countDaysAhead, makeHistoryDay } from '../store/history-parts.ts'

/** So many days of trouble pass before anything lies in the rest. */
export const daysAhead = 7
/** Half of it is chance, so that instances do not look all at once. */
const everyMs = 30 * 60_000
/** After something failed. */
const againMs = 60_000

export type HistoryDaysGiven = {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly metrics: Metrics
}

export function gaugeHistoryDays({ db, metrics }: Pick<HistoryDaysGiven, 'db' | 'metrics'>): void {
  metrics.gauge(
    {
      name: 'sagaline_history_days_ahead',
      help: `Days to come whose part of the history is there, of ${daysAhead}.`,
    },
    async () => [{ value: await countDaysAhead(db, daysAhead) }],
  )
}

export class HistoryDays {
  readonly #given: HistoryDaysGiven
  readonly #stopping = new AbortController()
  #ended: Promise<void> | null = null

  constructor(given: HistoryDaysGiven) {
    this.#given = given
    gaugeHistoryDays(given)
  }

  start(): void {
    this.#ended ??= this.#run()
  }

  /** Idempotent; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#given
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const isWhole = await this.#make().catch((error: unknown) => {
        if (!signal.aborted) log.warn('history.days.failed', { error })
        return false
      })
      const restMs = isWhole ? everyMs : againMs
      await clock.wait(restMs / 2 + (restMs / 2) * clock.random(), signal)
    }
  }

  /** Answers true once all of them are there. */
  async #make(): Promise<boolean> {
    const { db, log } = this.#given
    if ((await countDaysAhead(db, daysAhead)) === daysAhead) return true
    for (let ahead = 0; ahead <= daysAhead; ahead += 1) {
      if (this.#stopping.signal.aborted) return false
      if (await makeHistoryDay(db, ahead)) log.info('history.day.made', { daysAhead: ahead })
    }
    return true
  }
}
