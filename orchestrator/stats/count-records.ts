// Counts a batch of records of the topic, once each: what was counted of their sagas, the minutes and
// how far each partition has come change in one transaction.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Db } from '../../messaging/db.ts'
import { inHalves } from '../../messaging/in-halves.ts'
import type { Log } from '../../messaging/log.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import { type LifecycleEvent, readLifecycleEvent } from '../lifecycle/lifecycle-event.ts'
import { lockPartitions, readStatsSagas, type StatsSaga, writeStats } from '../store/stats-batch.ts'
import { lateMsMax } from '../store/stats-windows.ts'
import { type CountedSaga, countEvent, isEnd, uncounted } from './count-event.ts'
import { Windows } from './windows.ts'

export type CountWith = { readonly db: Db; readonly log: Log }

/** An event, and where it was. */
type Told = {
  readonly event: LifecycleEvent
  readonly partition: number
  /** What the newest event of its partition may be set to by it: a wrong time must not pass for it. */
  readonly newestAt: number
}

/** Longer names are none of ours. */
const nameLengthMax = 500
/** Clocks of two machines are not further apart. */
const skewMsMax = 60_000

/** Rejects only with what passes: Postgres in trouble. */
export async function countRecords(
  given: CountWith,
  records: readonly IncomingRecord[],
): Promise<void> {
  await inHalves(records.flatMap(toldOf), {
    work: (told) => countOnce(given, told),
    // What Postgres refuses must not keep the rest from being counted.
    onRefused: ({ event }, error) =>
      given.log.error('stats.event.refused', { eventId: event.id, error }),
  })
}

async function countOnce({ db, log }: CountWith, told: readonly Told[]): Promise<void> {
  const late = await db.transaction(async (tx) => {
    const partitions = [...new Set(told.map(({ partition }) => partition))].toSorted(
      (a, b) => a - b,
    )
    const newestAt = new Map(await lockPartitions(tx, partitions))
    const ids = [...new Set(told.map(({ event }) => event.sagaId))]
    const known = await readStatsSagas(tx, ids)
    const counting = new Counting(newestAt, known)
    for (const one of told) counting.take(one)
    for (const one of told) {
      const newest = newestAt.get(one.partition) ?? Number.NEGATIVE_INFINITY
      newestAt.set(one.partition, Math.max(newest, one.newestAt))
    }
    const { windows, sagas } = counting
    await writeStats(tx, { sagas, windows: windows.all(), newestAt })
    return counting.late
  })
  if (late > 0) log.warn('stats.events.late', { events: late })
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

  take({ event, partition }: Told): void {
    const { sagaId: id, type } = event
    const at = event.time.getTime()
    const known = this.#changed.get(id) ?? this.#known.get(id)
    if (known === undefined && at < (this.#newestAt.get(partition) ?? at) - lateMsMax) {
      this.late += 1
      return
    }
    const before = (known?.counted ?? uncounted) as unknown as CountedSaga
    const counted = countEvent(this.windows, before, event)
    if (counted === null) return
    this.#changed.set(id, {
      ...{ id, partition },
      touchedAt: Math.max(known?.touchedAt ?? at, at),
      isEnded: known?.isEnded === true || isEnd(type),
      counted: counted as unknown as Json,
    })
  }
}

/** None for what is no event, or none that a saga of ours could have written. */
function toldOf(record: IncomingRecord): readonly Told[] {
  const event = readLifecycleEvent(record)
  if ('problem' in event) return []
  const writtenAt = record.timestamp.getTime()
  const at = event.time.getTime()
  const { saga, step = '', sent = [] } = event.data
  const names = [saga.name, step, ...sent.map((sending) => sending.step)]
  const isOurs = names.every((name) => name.length <= nameLengthMax && !name.includes('\0'))
  if (!isOurs || at > writtenAt + skewMsMax) return []
  return [{ event, partition: record.partition, newestAt: Math.min(at, writtenAt) }]
}
