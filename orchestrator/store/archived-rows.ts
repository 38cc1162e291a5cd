// Sagas that have ended, whole and as they are kept, to be written to an archive: what is encrypted
// stays so, and no key and no definition is needed.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { SagaRow } from './saga-rows.ts'

const snapshotted = 'set transaction isolation level repeatable read read only'

const sagas: Statement = {
  name: 'archive.sagas',
  text: `
    select id, name, version, definition_hash, status, revision, snapshot, business_key,
      correlation_id, parent_id, attributes,
      (extract(epoch from wake_at) * 1000)::float8 as wake_at_ms,
      (extract(epoch from started_at) * 1000)::float8 as started_at_ms,
      (extract(epoch from updated_at) * 1000)::float8 as updated_at_ms,
      (extract(epoch from ended_at) * 1000)::float8 as ended_at_ms
    from sagas
    where id >= $1::uuid and id < $2::uuid and id > $3::uuid and ended_at is not null
    order by id limit $4`,
}

const entries: Statement = {
  name: 'archive.history',
  text: `
    select saga_id, seq, round(extract(epoch from at) * 1000)::float8 as at, type, status, state,
      event, facts
    from history where saga_id >= $1::uuid and saga_id <= $2::uuid order by saga_id, seq`,
}

/** The columns as they are kept. Times in ms since the epoch. */
export type ArchivedEntry = {
  readonly seq: number
  readonly at: number
  readonly type: string
  readonly status: string
  readonly state: unknown
  readonly event: unknown
  readonly facts: unknown
}

export type ArchivedRow = SagaRow & {
  readonly parent_id: string | null
  readonly updated_at_ms: number
  readonly ended_at_ms: number
}

export type ArchivedSaga = ArchivedRow & { readonly history: readonly ArchivedEntry[] }

export type ArchivedPlace = {
  readonly low: string
  readonly high: string
  readonly after: string
  readonly limit: number
}

/** As they stood at one moment, in the order of ids. */
export function readArchivedSagas(
  db: Db,
  { low, high, after, limit }: ArchivedPlace,
): Promise<readonly ArchivedSaga[]> {
  return db.transaction(async (tx) => {
    void tx.query(snapshotted)
    const found = (await tx.query<ArchivedRow & Row>(sagas, [low, high, after, limit])).rows
    const [first, last] = [found[0], found.at(-1)]
    if (first === undefined || last === undefined) return []
    const { rows } = await tx.query<ArchivedEntry & Row & { readonly saga_id: string }>(entries, [
      first.id,
      last.id,
    ])
    const bySaga = Map.groupBy(rows, ({ saga_id }) => saga_id)
    return found.map((saga) => ({
      ...saga,
      history: (bySaga.get(saga.id) ?? []).map(({ saga_id: _, ...entry }) => entry),
    }))
  })
}
