// What a batch of lifecycle events changes: the read model and the statistics, in one transaction.
import { isTransientDbError } from '../../messaging/db.ts'
import { type RefreshDependencies, readForSearch, refreshSagas } from '../search/refresh-sagas.ts'
import { countApart, countTold } from '../stats/count-told.ts'
import { writeSearch } from '../store/write-search.ts'
import type { Gathered } from './gathered-events.ts'

type Batch = Pick<Gathered, 'moved' | 'told'>

const followed = { isRebuild: false, isTold: true }

/** Rejects only with what passes: Postgres in trouble. */
export async function followBatch(given: RefreshDependencies, batch: Batch): Promise<void> {
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
