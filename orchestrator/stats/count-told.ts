// Counts a batch of events, once each: what was counted of their sagas, the minutes and how far each
// partition has come change in one transaction.
import type { Db, Tx } from '../../messaging/db.ts'
import { inHalves } from '../../messaging/in-halves.ts'
import type { Log } from '../../messaging/log.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import { lockPartitions, readStatsSagas, type StatsSaga, writeStats } from '../store/stats-batch.ts'
import { lateMsMax } from '../store/stats-windows.ts'
import { type CountedSaga, countEvent, isEnd, uncounted } from './count-event.ts'
import type { Told } from './told.ts'
import { Windows } from './windows.ts'

/** Answers how many came so late that it is not known any more whether they were counted. */
export async function countTold(tx: Tx, told: readonly Told[]): Promise<number> {
  if (told.length === 0) return 0
  const partitions = [...new Set(told.map(({ partition }) => partition))].toSorted((a, b) => a - b)
  const newestAt = new Map(await lockPartitions(tx, partitions))
  const ids = [...new Set(told.map(({ sagaId }) => sagaId))]
  const known = await readStatsSagas(tx, ids)
  const counting = new Counting(newestAt, known)
  for (const one of told) counting.take(one)
  for (const one of told) {
    const newest = newestAt.get(one.partition) ?? Number.NEGATIVE_INFINITY
    newestAt.set(one.partition, Math.max(newest, one.newestAt))
  }
  const { windows, sagas, late } = counting
  await writeStats(tx, { sagas, windows: windows.all(), newestAt })
  return late
}

/**
 * As `countTold`, in transactions of its own: what Postgres refuses must not keep the rest from
 * being counted. Rejects only with what passes.
 */
export async function countApart(
  given: { readonly db: Db; readonly log: Log },
  told: readonly Told[],
): Promise<void> {
  const { db, log } = given
  await inHalves(told, {
    work: async (part) => {
      const late = await db.transaction((tx) => countTold(tx, part), { isByKey: true })
      if (late > 0) log.warn('stats.events.late', { events: late })
    },
    onRefused: ({ sagaId, data }, error) =>
      log.error('stats.event.refused', { sagaId, seq: data.seq, error }),
  })
}

/** One batch on its way through memory. */
class Counting {
  readonly windows = new Windows()
  /** Events that came so late that it is not known any more whether they were counted. */
  late = 0
  readonly #newestAt: ReadonlyMap<number, number>
  readonly #known: ReadonlyMap<SagaId, Omit<StatsSaga, 'partition'>>
  readonly #changed = new Map<SagaId, StatsSaga>()

  constructor(
    newestAt: ReadonlyMap<number, number>,
    known: readonly Omit<StatsSaga, 'partition'>[],
  ) {
    // As it was before this batch.
    this.#newestAt = new Map(newestAt)
    this.#known = new Map(known.map((saga) => [saga.id, saga]))
  }

  get sagas(): readonly StatsSaga[] {
    return [...this.#changed.values()]
  }

  take(told: Told): void {
    const { sagaId: id, type, at, partition } = told
    const known = this.#changed.get(id) ?? this.#known.get(id)
    if (known === undefined && at < (this.#newestAt.get(partition) ?? at) - lateMsMax) {
      this.late += 1
      return
    }
    const before = (known?.counted ?? uncounted) as unknown as CountedSaga
    const counted = countEvent(this.windows, before, told)
    if (counted === null) return
    this.#changed.set(id, {
      ...{ id, partition },
      touchedAt: Math.max(known?.touchedAt ?? at, at),
      isEnded: known?.isEnded === true || isEnd(type),
      counted: counted as unknown as Json,
    })
  }
}
