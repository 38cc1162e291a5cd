// Brings rows of the read model up to what their sagas are now. It reads the sagas themselves, so
// that it does not matter who tells of a change, how often, or in which order.
import { type Db, isTransientDbError, type Tx } from '../../messaging/db.ts'
import type { Log } from '../../messaging/log.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import { viewSagas } from '../store/sagas.ts'
import { type SearchRow, toSearchRow } from '../store/search-row.ts'
import { type SearchWrite, writeSearch } from '../store/write-search.ts'

export type RefreshDependencies = {
  readonly db: Db
  readonly rows: RowCipher
  readonly log: Log
}

/** Sagas of one reading: whole rows, which may be large. */
const readMax = 500

/** Sagas of one transaction; it holds the lock of the read model for its length. */
const sagasMax = 500

/** Answers how many rows changed. Rejects only with what passes: Postgres in trouble. */
export async function refreshSagas(
  given: RefreshDependencies,
  ids: readonly SagaId[],
  how: Omit<SearchWrite, 'sagas'>,
): Promise<number> {
  let changed = 0
  for (let at = 0; at < ids.length; at += sagasMax) {
    const page = ids.slice(at, at + sagasMax)
    const read = (tx: Tx) => readForSearch(tx, given.rows, page)
    const sagas = await given.db.transaction(read, { isByKey: true })
    changed += await write(given, { ...how, sagas })
  }
  return changed
}

/** As they are now; one that is not there is left out. */
export async function readForSearch(
  tx: Tx,
  rows: RowCipher,
  ids: readonly SagaId[],
): Promise<readonly SearchRow[]> {
  const found: SearchRow[] = []
  for (let at = 0; at < ids.length; at += readMax) {
    const views = await viewSagas(tx, rows, ids.slice(at, at + readMax))
    for (const view of views) found.push(toSearchRow(view))
  }
  return found
}

/** One saga that Postgres refuses must not keep the others from being found. */
async function write(given: RefreshDependencies, batch: SearchWrite): Promise<number> {
  const { sagas } = batch
  if (sagas.length === 0) return 0
  try {
    return await given.db.transaction((tx) => writeSearch(tx, batch), { isByKey: true })
  } catch (error) {
    if (isTransientDbError(error)) throw error
    if (sagas.length > 1) return writeHalves(given, batch)
    given.log.error('search.saga.refused', { sagaId: sagas[0]?.id, error })
    return 0
  }
}

async function writeHalves(given: RefreshDependencies, batch: SearchWrite): Promise<number> {
  const middle = Math.ceil(batch.sagas.length / 2)
  const half = (sagas: readonly SearchRow[]) => write(given, { ...batch, sagas })
  return (await half(batch.sagas.slice(0, middle))) + (await half(batch.sagas.slice(middle)))
}
