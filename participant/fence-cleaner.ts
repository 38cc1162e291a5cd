// Deletes fence rows that are older than any message can live, a bounded number at a time. The
// participant starts and stops it. States: waiting, cleaning, stopped.
import type { Clock } from '../messaging/clock.ts'
import type { Db } from '../messaging/db.ts'
import type { Log } from '../messaging/log.ts'
import { deleteOldFences } from './fence-store.ts'
import type { OnPoint } from './points.ts'

export type FenceCleanerOptions = {
  readonly db: Db
  readonly clock: Clock
  readonly log: Log
  readonly retentionMs: number
  readonly onPoint: OnPoint
}

const turnMs = 10 * 60_000
const rowsPerStatementMax = 1_000
/** At the limit the rest waits for the next turn. */
const statementsPerTurnMax = 1_000
/** Rows outlive the retention by this much, so clocks that differ cannot open the fence early. */
const marginMs = 60 * 60_000

export class FenceCleaner {
  readonly #options: FenceCleanerOptions
  readonly #stopping = new AbortController()
  #ended: Promise<void> | null = null

  constructor(options: FenceCleanerOptions) {
    this.#options = options
  }

  start(): void {
    this.#ended ??= this.#run()
  }

  /** Idempotent; resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  /** One turn; returns how many rows it deleted. */
  async clean(): Promise<number> {
    const { db, clock, retentionMs, onPoint } = this.#options
    const ageMs = retentionMs + marginMs
    const belowSagaId = lowestIdAt(new Date(clock.now().getTime() - ageMs))
    let total = 0
    for (let turn = 0; turn < statementsPerTurnMax; turn += 1) {
      if (this.#stopping.signal.aborted) break
      const deleted = await deleteOldFences(db, {
        belowSagaId,
        ageMs,
        rowsMax: rowsPerStatementMax,
      })
      total += deleted
      await onPoint('fence-cleaner.after-delete')
      if (deleted < rowsPerStatementMax) break
    }
    return total
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      // Half of the pause is chance, so that instances do not clean all at once.
      await clock.wait(turnMs / 2 + (turnMs / 2) * clock.random(), signal)
      if (signal.aborted) return
      try {
        const rows = await this.clean()
        if (rows > 0) log.info('participant.fence.cleaned', { rows })
      } catch (error) {
        log.warn('participant.fence.cleaning-failed', { error })
      }
    }
  }
}

const timestampHexDigits = 12

/** No saga started at or after the time has a lower id: a UUIDv7 begins with its milliseconds. */
function lowestIdAt(time: Date): string {
  const hex = Math.max(0, time.getTime()).toString(16).padStart(timestampHexDigits, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
