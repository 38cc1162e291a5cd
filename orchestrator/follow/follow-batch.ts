// What a batch of lifecycle events changes: the read model and the statistics, in one transaction.
import type { IncomingRecord } from '../../messaging/bus.ts'
import { isTransientDbError } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import { type RefreshDependencies, readForSearch, refreshSagas } from '../search/refresh-sagas.ts'
import { countApart, countTold } from '../stats/count-told.ts'
import { readTold, type Told } from '../stats/told.ts'
import { writeSearch } from '../store/write-search.ts'

type Batch = {
  /** The sagas that moved, each once: all that the read model takes from events. */
  readonly moved: readonly SagaId[]
  readonly told: readonly Told[]
}

const followed = { isRebuild: false, isTold: true }

/** Rejects only with what passes: Postgres in trouble. */
export async function followBatch(
  given: RefreshDependencies,
  records: readonly IncomingRecord[],
): Promise<void> {
  const batch = readBatch(records)
  try {
    await keepBatch(given, batch)
  } catch (error) {
    if (isTransientDbError(error)) throw error
    // Postgres refuses something of it, which must not keep the rest: each finds out what it is.
    await countApart(given, batch.told)
    await refreshSagas(given, batch.moved, followed)
  }
}

async function keepBatch(given: RefreshDependencies, { moved, told }: Batch): Promise<void> {
  const { db, rows, log } = given
  if (moved.length === 0) return
  const late = await db.transaction(
    async (tx) => {
      // First, since nothing is locked yet.
      const sagas = await readForSearch(tx, rows, moved)
      const lateEvents = await countTold(tx, told)
      await writeSearch(tx, { ...followed, sagas })
      return lateEvents
    },
    { isByKey: true },
  )
  if (late > 0) log.warn('stats.events.late', { events: late })
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function readBatch(records: readonly IncomingRecord[]): Batch {
  const moved = new Set<SagaId>()
  const told: Told[] = []
  for (const record of records) {
    const key = record.key?.toString('latin1') ?? ''
    if (!uuid.test(key)) continue
    const id = key as SagaId
    moved.add(id)
    const one = readTold(record, id)
    if (one !== null) told.push(one)
  }
  return { moved: [...moved], told }
}
