// What lifecycle events told since the last go, by saga: much smaller than the records, which need not
// live until then. Of a saga that is under way the next go may have the rest, and write it once. No I/O.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { SagaId } from '../../messaging/message.ts'
import { PassingMap } from '../../messaging/passing.ts'
import { isEnd } from '../stats/count-event.ts'
import { readTold, type Told } from '../stats/told.ts'

/** Some records, some of whose sagas wait. */
type Batch = {
  sagas: number
  readonly settle: () => void
  readonly fail: (error: unknown) => void
}

type Waiting = {
  readonly told: Told[]
  /** Whose records told of it. */
  readonly batches: Batch[]
  oldestAt: number
  records: number
  isEnded: boolean
  /** One go has left it to the next. */
  wasLeft: boolean
}

/** What one go takes. */
export type Gathered = {
  /** The sagas that moved, each once: all that the read model takes from events. */
  readonly moved: readonly SagaId[]
  readonly told: readonly Told[]
  /** The time of the oldest record, in ms since the epoch. */
  readonly oldestAt: number
  /** All of it is kept. */
  settle(): void
  /** It must be told again, with all that came with it. */
  fail(error: unknown): void
}

/**
 * Only what is news may be left: among old events, one that is counted long after later ones would pass
 * for one that may have been counted before (`count-told.ts`).
 */
const newsMs = 10_000
/** So few are not worth a delay. */
const fewSagas = 50

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export class GatheredEvents {
  readonly #waiting = new PassingMap<SagaId, Waiting>()
  #records = 0
  /** Of any record, in ms since the epoch. */
  #newestAt = Number.NEGATIVE_INFINITY

  /** Records that were added and not taken. */
  get records(): number {
    return this.#records
  }

  /** Resolves when what they told is kept; rejects when it must be told again. */
  add(records: readonly IncomingRecord[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const batch = { sagas: 0, settle: resolve, fail: reject }
      for (const record of records) this.#add(record, batch)
      if (batch.sagas === 0) resolve()
    })
  }

  #add(record: IncomingRecord, batch: Batch): void {
    const key = record.key?.toString('latin1') ?? ''
    if (!uuid.test(key)) return
    const id = key as SagaId
    const waiting = this.#waiting.get(id) ?? this.#begin(id)
    const told = readTold(record, id)
    if (told !== null) {
      waiting.told.push(told)
      waiting.isEnded ||= isEnd(told.type)
    }
    if (waiting.batches.at(-1) !== batch) {
      waiting.batches.push(batch)
      batch.sagas += 1
    }
    const at = record.timestamp.getTime()
    waiting.oldestAt = Math.min(waiting.oldestAt, at)
    this.#newestAt = Math.max(this.#newestAt, at)
    waiting.records += 1
    this.#records += 1
  }

  #begin(id: SagaId): Waiting {
    const oldestAt = Number.POSITIVE_INFINITY
    const made = { told: [], batches: [], oldestAt, records: 0, isEnded: false, wasLeft: false }
    this.#waiting.set(id, made)
    return made
  }

  /** A saga is left to the next go once at the most. Null when there is nothing to take now. */
  take({ isAll }: { readonly isAll: boolean }): Gathered | null {
    const isEvery = isAll || this.#waiting.size <= fewSagas
    const taken: (readonly [SagaId, Waiting])[] = []
    for (const entry of this.#waiting) {
      const [, waiting] = entry
      const isNews = waiting.oldestAt > this.#newestAt - newsMs
      if (isEvery || waiting.isEnded || waiting.wasLeft || !isNews) taken.push(entry)
      else waiting.wasLeft = true
    }
    if (taken.length === 0) return null
    for (const [id, { records }] of taken) {
      this.#waiting.delete(id)
      this.#records -= records
    }
    return gathered(taken)
  }
}

function gathered(taken: readonly (readonly [SagaId, Waiting])[]): Gathered {
  return {
    moved: taken.map(([id]) => id),
    told: taken.flatMap(([, { told }]) => told),
    oldestAt: taken.reduce(
      (oldest, [, { oldestAt }]) => Math.min(oldest, oldestAt),
      Number.POSITIVE_INFINITY,
    ),
    settle: () => {
      for (const [, { batches }] of taken) for (const batch of batches) settleOne(batch)
    },
    fail: (error) => {
      for (const [, { batches }] of taken) for (const batch of batches) batch.fail(error)
    },
  }
}

function settleOne(batch: Batch): void {
  batch.sagas -= 1
  if (batch.sagas === 0) batch.settle()
}
