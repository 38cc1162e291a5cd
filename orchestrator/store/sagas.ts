// Reads of sagas, without locks: for REST, for recovery, and for the check at start-up.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Fact } from '../engine/event.ts'
import type { RowCipher } from './row-cipher.ts'
import type { SagaRow, StoredSaga } from './saga-rows.ts'
import type { HistoryView, SagaView } from './saga-view.ts'

const columns = `id, name, version, definition_hash, status, revision, snapshot, business_key,
  correlation_id, attributes,
  (extract(epoch from wake_at) * 1000)::float8 as wake_at_ms,
  (extract(epoch from started_at) * 1000)::float8 as started_at_ms,
  (extract(epoch from updated_at) * 1000)::float8 as updated_at_ms,
  (extract(epoch from ended_at) * 1000)::float8 as ended_at_ms`

const find: Statement = {
  name: 'sagas.find',
  text: `select ${columns} from sagas where id = any($1::uuid[])`,
}

const name: Statement = { name: 'sagas.name', text: 'select name from sagas where id = $1::uuid' }

const resting: Statement = {
  name: 'sagas.resting',
  text: `
    select id from sagas
    where id = any($1::uuid[]) and (ended_at is not null or status = 'stuck')`,
}

const history: Statement = {
  name: 'history.list',
  text: `
    select seq, at, type, entry.status, state, facts, name, version
    from history entry join sagas on sagas.id = saga_id
    where saga_id = $1 and seq > $3 order by seq limit $2`,
}

const living: Statement = {
  name: 'sagas.living-definitions',
  text: `
    select name, version, definition_hash, count(*)::int as sagas from sagas
    where ended_at is null group by name, version, definition_hash`,
}

/** A saga's history is read whole; it is cut there, and the log of the engine ends there too. */
export const historyRowsMax = 10_000

/** How long the look at all sagas may take. */
const livingMsMax = 300_000

type FullRow = SagaRow & {
  readonly updated_at_ms: number
  readonly ended_at_ms: number | null
}

export async function findSagas(
  db: Pick<Db, 'query'>,
  cipher: RowCipher,
  ids: readonly SagaId[],
): Promise<readonly StoredSaga[]> {
  const { rows } = await db.query<FullRow & Row>(find, [ids])
  await cipher.load(db, rows)
  return rows.map(cipher.read)
}

/** Null when it is not there. */
export async function findSagaName(db: Db, id: SagaId): Promise<string | null> {
  const { rows } = await db.query<{ readonly name: string }>(name, [id])
  return rows[0]?.name ?? null
}

/** Those of them that have ended or are stuck. */
export async function findResting(db: Db, ids: readonly SagaId[]): Promise<readonly SagaId[]> {
  const { rows } = await db.query<{ readonly id: SagaId }>(resting, [ids])
  return rows.map(({ id }) => id)
}

export async function viewSaga(db: Db, cipher: RowCipher, id: SagaId): Promise<SagaView | null> {
  const { rows } = await db.query<FullRow & Row>(find, [[id]])
  await cipher.load(db, rows)
  const row = rows[0]
  return row ? viewRow(cipher, row) : null
}

/** As `viewSaga`, of many; one that is not there is left out. */
export async function viewSagas(
  db: Pick<Db, 'query'>,
  cipher: RowCipher,
  ids: readonly SagaId[],
): Promise<readonly SagaView[]> {
  const { rows } = await db.query<FullRow & Row>(find, [ids])
  await cipher.load(db, rows)
  return rows.map((row) => viewRow(cipher, row))
}

function viewRow(cipher: RowCipher, row: FullRow): SagaView {
  return cipher.view(cipher.read(row), { updatedAt: row.updated_at_ms, endedAt: row.ended_at_ms })
}

/** Its entries after one of them, or all. */
export async function listHistory(
  db: Db,
  cipher: RowCipher,
  id: SagaId,
  after = 0,
): Promise<readonly HistoryView[]> {
  const { rows } = await db.query<HistoryRow & Row>(history, [id, historyRowsMax, after])
  await cipher.load(db, rows)
  return rows.map(({ name, version, facts, ...entry }) => ({
    ...entry,
    facts: cipher.viewFacts({ sagaId: id, seq: entry.seq, name, version }, facts),
  }))
}

type HistoryRow = Omit<HistoryView, 'facts'> & {
  readonly facts: readonly Fact[]
  readonly name: string
  readonly version: number
}

export type LivingDefinition = {
  readonly name: string
  readonly version: number
  readonly hash: string
  readonly sagas: number
}

export async function findLivingDefinitions(db: Db): Promise<readonly LivingDefinition[]> {
  const { rows } = await db.transaction(async (tx) => {
    // It reads every row, at a start that lacks some, so it may take longer than statements usually may.
    void tx.query(`set local statement_timeout = ${livingMsMax}`)
    return tx.query<Row & Omit<LivingDefinition, 'hash'> & { definition_hash: string }>(living)
  })
  return rows.map(({ definition_hash, ...row }) => ({ ...row, hash: definition_hash }))
}
