// Brings rows of the read model up to what their sagas are now. It reads the sagas themselves, so
// that it does not matter who tells of a change, how often, or in which order.
import type { Db, Tx } from '../../messaging/db.ts'
import { inHalves } from '../../messaging/in-halves.ts'
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
    // One saga that Postgres refuses must not keep the others from being found.
    await inHalves(sagas, {
      work: async (some) => {
        const write = (tx: Tx) => writeSearch(tx, { ...how, sagas: some })
        changed += await given.db.transaction(write, { isByKey: true })
      },
      onRefused: ({ id }, error) => given.log.error('search.saga.refused', { sagaId: id, error }),
    })
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
