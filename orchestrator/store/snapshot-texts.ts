// Snapshots as the JSON texts that are written, none of them too large. Measured here because here
// the text is made anyway.
import type { Saga } from '../engine/saga.ts'
import { orchestratorError } from '../errors.ts'
import type { RowCipher } from './row-cipher.ts'

/** One snapshot in UTF-16 units; each is read and written with every event of its saga. */
const snapshotLengthMax = 512 * 1024

type Kept = {
  readonly saga: Saga
  /** Sagas that take in no data may pass the limit: they must still get to their end. */
  readonly grows: boolean
}

/** @throws SAGA_TOO_LARGE for the first that is. */
export function snapshotTexts(rows: RowCipher, sagas: readonly Kept[]): readonly string[] {
  return sagas.map(({ saga, grows }) => {
    const text = JSON.stringify(rows.snapshot(saga))
    if (!grows || text.length <= snapshotLengthMax) return text
    const details = { id: saga.id, length: text.length, limit: snapshotLengthMax }
    throw orchestratorError('SAGA_TOO_LARGE', details)
  })
}
