// The history entries that one transaction wrote, read back for recovery, which tells them again.
import type { Db, Statement } from '../../messaging/db.ts'
import type { Encrypted } from '../../messaging/encrypted-fields.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import type { Fact, SagaEvent } from '../engine/event.ts'
import type { SagaStatus } from '../engine/saga.ts'
import type { ToldEntry } from './history-entry.ts'
import type { RowCipher } from './row-cipher.ts'
import type { StoredSaga } from './saga-rows.ts'

/** Migrations are read as well: an entry before one belongs to the version before. */
const find: Statement = {
  name: 'history.of-batch',
  text: `
    select saga_id, seq, type, round(extract(epoch from at) * 1000)::float8 as at_ms, status, event,
      state, facts, batch_id is not distinct from $2::uuid as is_ours
    from history
    where saga_id = any($1::uuid[]) and (batch_id = $2::uuid or type = 'migrated')
    order by saga_id, seq`,
}

type EntryRow = {
  readonly saga_id: SagaId
  readonly seq: number
  readonly type: string
  readonly at_ms: number
  readonly status: SagaStatus
  /** Told as it is: no key is needed for that. */
  readonly event: SagaEvent | Encrypted
  readonly state: Json
  readonly facts: readonly Fact[]
  readonly is_ours: boolean
}

/** Each saga's in their order. `stored` are the sagas that the batch names. */
export async function findBatchHistory(
  db: Db,
  batch: { readonly id: string; readonly stored: readonly StoredSaga[]; readonly rows: RowCipher },
): Promise<readonly ToldEntry[]> {
  const { id, stored, rows: cipher } = batch
  const { rows } = await db.query<EntryRow>(find, [stored.map(({ saga }) => saga.id), id])
  await cipher.load(db, rows)
  const bySaga = Map.groupBy(rows, (row) => row.saga_id)
  return stored.flatMap((one) => toEntries(cipher, one, bySaga.get(one.saga.id) ?? []))
}

function toEntries(
  cipher: RowCipher,
  { saga, businessKey }: StoredSaga,
  rows: readonly EntryRow[],
): ToldEntry[] {
  const { id, name, parent } = saga
  const entries: ToldEntry[] = []
  let { version } = saga
  for (const row of rows.toReversed()) {
    const { seq, status, state, event } = row
    const facts = cipher.viewFacts({ sagaId: id, seq, name, version }, row.facts)
    const after = { id, name, version, parent, revision: seq, status, value: state }
    if (row.is_ours) entries.unshift({ saga: after, businessKey, event, facts, at: row.at_ms })
    if (row.type === 'migrated') version = versionBefore(facts) ?? version
  }
  return entries
}

function versionBefore(facts: readonly Fact[]): number | undefined {
  const detail = facts.find(({ type }) => type === 'saga.migrated')?.detail
  const { from } = (detail ?? {}) as { readonly from?: number }
  return from
}
