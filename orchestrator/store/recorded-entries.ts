// The whole history of one saga with its events in plain, to be replayed.
import { setImmediate } from 'node:timers/promises'
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import type { Fact, SagaEvent } from '../engine/event.ts'
import type { RowCipher } from './row-cipher.ts'
import { historyRowsMax } from './sagas.ts'

const entriesOf: Statement = {
  name: 'history.recorded',
  text: `
    select seq, round(extract(epoch from at) * 1000)::float8 as at, type, status, state, event, facts
    from history where saga_id = $1 order by seq limit $2`,
}

/** Entries that are read before others have their turn. */
const sliceEntries = 500

/** The `at` is the `now` that `advance` was given. */
export type RecordedEntry = {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly status: string
  readonly state: Json
  readonly event: SagaEvent
  readonly facts: readonly Fact[]
}

/** In their order, cut where a history is read. @throws ENCRYPTION_KEY_UNKNOWN, ENCRYPTED_TEXT_INVALID */
export async function readRecordedEntries(
  db: Db,
  cipher: RowCipher,
  id: SagaId,
): Promise<readonly RecordedEntry[]> {
  const { rows } = await db.query<RecordedEntry & Row>(entriesOf, [id, historyRowsMax])
  await cipher.load(db, rows)
  const entries: RecordedEntry[] = []
  for (const entry of rows) {
    const event = cipher.readEvent({ sagaId: id, facts: entry.facts }, entry.event)
    // Others are served in between: to decrypt a long history takes a while.
    if (entries.push({ ...entry, event }) % sliceEntries === 0) await setImmediate()
  }
  return entries
}
