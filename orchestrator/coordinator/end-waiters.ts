// Requests that wait for a saga to end or be stuck. Sagas that come to rest here are told at
// once; those that rest on another instance by one batched notification of Postgres, and all that it
// names are read together. One that was missed (the listening connection broke) is made up for by
// looking at those who wait for long.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import { PassingMap } from '../../messaging/passing.ts'
import type { OnOrchestratorPoint } from '../points.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { SagaView } from '../store/saga-view.ts'
import { findResting, viewSagas } from '../store/sagas.ts'
import type { RestingSaga } from './fold-sagas.ts'

export const restingChannel = 'sagaline_resting'

/** Ids in one notification: its payload must stay under 8,000 bytes. */
const notifyIdsMax = 200
/** Notifications of one instance are at least this far apart: they share one lock in Postgres. */
const notifyEveryMs = 20
/** Ids kept for the next notification; past it the oldest are dropped, and their waiters time out. */
const notifyQueueMax = 20_000

/** Sagas that were waited for at the last look, and still are, are looked up. */
const lookEveryMs = 2_000

export type EndWaitersDependencies = {
  readonly db: Db
  readonly rows: RowCipher
  readonly clock: Clock
  readonly log: Log
  readonly onPoint: OnOrchestratorPoint
}

export class EndWaiters {
  readonly #given: EndWaitersDependencies
  readonly #waiters = new PassingMap<SagaId, Set<(view: SagaView | null) => void>>()
  readonly #stopping = new AbortController()
  #elsewhere: SagaId[] = []
  #notifying: Promise<void> | null = null
  #looking: Promise<void> | null = null
  readonly #reading = new Set<Promise<void>>()

  constructor(given: EndWaitersDependencies) {
    this.#given = given
  }

  /**
   * Resolves when the saga rests, with how it looks then; with null when the time is over, the
   * process stops, or the saga could not be read.
   */
  wait(id: SagaId, timeoutMs: number): Promise<SagaView | null> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(id) ?? new Set()
      const end = (view: SagaView | null) => {
        clearTimeout(timer)
        waiters.delete(end)
        if (waiters.size === 0) this.#waiters.delete(id)
        resolve(view)
      }
      const timer = setTimeout(end, timeoutMs, null)
      this.#waiters.set(id, waiters.add(end))
      this.#looking ??= this.#look()
    })
  }

  /** Sagas came to rest on this instance. */
  tell(resting: readonly RestingSaga[]): void {
    for (const { id, view } of resting) if (!this.#wake(id, view)) this.#elsewhere.push(id)
    const tooMany = this.#elsewhere.length - notifyQueueMax
    if (tooMany > 0) this.#elsewhere.splice(0, tooMany)
    if (this.#elsewhere.length > 0) this.#notifying ??= this.#notify()
  }

  /** A notification of another instance, or of this one. */
  heard(payload: string): void {
    const ids = (payload.split(',') as SagaId[]).filter((id) => this.#waiters.has(id))
    if (ids.length === 0) return
    const reading = this.#readAndWake(ids)
    this.#reading.add(reading)
    void reading.then(() => this.#reading.delete(reading))
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    for (const id of [...this.#waiters.keys()]) this.#wake(id, () => null)
    await Promise.all([this.#notifying, this.#looking, ...this.#reading])
  }

  async #readAndWake(ids: readonly SagaId[]): Promise<void> {
    const { db, rows, log } = this.#given
    const views = await viewSagas(db, rows, ids).catch((error: unknown) => {
      log.warn('waiters.read.failed', { error })
      return []
    })
    const byId = new Map(views.map((view) => [view.id, view]))
    for (const id of ids) this.#wake(id, () => byId.get(id) ?? null)
  }

  #wake(id: SagaId, viewOf: () => SagaView | null): boolean {
    const waiters = this.#waiters.get(id)
    if (!waiters) return false
    const view = viewOf()
    for (const end of [...waiters]) end(view)
    return true
  }

  async #notify(): Promise<void> {
    const { db, clock, log, onPoint } = this.#given
    while (this.#elsewhere.length > 0 && !this.#stopping.signal.aborted) {
      await clock.wait(notifyEveryMs, this.#stopping.signal)
      const ids = this.#elsewhere.splice(0, notifyIdsMax)
      await onPoint('waiters.before-notify')
      await db
        .query({ name: 'notify', text: 'select pg_notify($1, $2)' }, [
          restingChannel,
          ids.join(','),
        ])
        .catch((error: unknown) => log.warn('notify.failed', { error }))
    }
    this.#notifying = null
  }

  async #look(): Promise<void> {
    const { db, clock, log } = this.#given
    const { signal } = this.#stopping
    let waitedBefore: ReadonlySet<SagaId> = new Set()
    while (this.#waiters.size > 0 && !signal.aborted) {
      await clock.wait(lookEveryMs, signal)
      const ids = [...this.#waiters.keys()]
      const long = ids.filter((id) => waitedBefore.has(id))
      waitedBefore = new Set(ids)
      if (long.length === 0) continue
      const resting = await findResting(db, long).catch((error: unknown) => {
        log.warn('waiters.look.failed', { error })
        return []
      })
      if (resting.length > 0) await this.#readAndWake(resting)
    }
    this.#looking = null
  }
}
