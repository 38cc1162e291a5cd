// Reads sagas for the auditor, a page at a time: all that is kept about them, as it stood at one
// moment. By statements of its own, so that a mistake in the engine's cannot hide itself.
import type { Db, Row, Statement, Tx } from '../../messaging/db.ts'
import type { Json, SagaId } from '../../messaging/message.ts'
import type { Fact } from '../engine/event.ts'
import type { RowCipher } from '../store/row-cipher.ts'
import type { SagaRow } from '../store/saga-rows.ts'
import type { AuditedChild, AuditedEntry, AuditedPage, AuditedSaga } from './audited.ts'

/** Every saga after one id, or just these. */
export type PagePlace =
  | { readonly after: string; readonly rowsMax: number }
  | { readonly ids: readonly string[] }

const snapshotted = 'set transaction isolation level repeatable read read only'

const sagasWhere = (name: string, where: string): Statement => ({
  name: `audit.sagas-${name}`,
  text: `
    select s.id, s.name, s.version, s.definition_hash, s.status, s.revision, s.snapshot,
      s.business_key, s.correlation_id, s.attributes, s.ended_at is not null as is_end_dated,
      (extract(epoch from s.started_at) * 1000)::float8 as started_at_ms,
      (extract(epoch from s.wake_at) * 1000)::float8 as wake_at_ms,
      (extract(epoch from t.due_at) * 1000)::float8 as timer_due_ms
    from sagas s left join timers t on t.saga_id = s.id
    where ${where}`,
})

const sagasAfter = sagasWhere('after', 's.id > $1::uuid order by s.id limit $2')
const sagasOf = sagasWhere('of', 's.id = any($1::uuid[]) order by s.id')

const historyWhere = (name: string, where: string): Statement => ({
  name: `audit.history-${name}`,
  text: `
    select saga_id, seq, round(extract(epoch from at) * 1000)::float8 as at_ms, type, status,
      state, event, facts, batch_id in (select id from publish_batches) as is_pending
    from history where ${where} order by saga_id, seq`,
})

const historyBetween = historyWhere('between', 'saga_id > $1::uuid and saga_id <= $2::uuid')
const historyOf = historyWhere('of', 'saga_id = any($1::uuid[])')

const childrenOf: Statement = {
  name: 'audit.children',
  text: `
    select parent_id, status, snapshot -> 'parent' as parent,
      snapshot ->> 'undoCommandId' is not null as is_revoked
    from sagas where parent_id = any($1::uuid[])`,
}

const placesOf: Statement = {
  name: 'audit.places',
  text: `
    select saga_id, key, not exists (
      select 1 from locks ahead where ahead.key = mine.key and ahead.position < mine.position
    ) as is_holder
    from locks mine where saga_id = any($1::uuid[])`,
}

const clock: Statement = {
  name: 'audit.clock',
  text: 'select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms',
}

/** Every id is lower, or the same. */
export const lastOfAll = 'ffffffff-ffff-ffff-ffff-ffffffffffff' as SagaId

/** One snapshot of the database, so short that it holds nothing up. */
export function readPage(db: Db, rows: RowCipher, place: PagePlace): Promise<AuditedPage> {
  return db.transaction(async (tx) => {
    void tx.query(snapshotted)
    const found = await readSagas(tx, place)
    const ids = found.map(({ id }) => id)
    const locking = found.filter(({ snapshot }) => (snapshot.locks ?? []).length > 0)
    const last = 'ids' in place || found.length < place.rowsMax ? null : (ids.at(-1) ?? null)
    const [history, children, places, now] = await Promise.all([
      readHistory(tx, place, last ?? lastOfAll),
      readChildren(tx, ids),
      readPlaces(
        tx,
        locking.map(({ id }) => id),
      ),
      readNow(tx),
    ])
    await rows.load(tx, found)
    const sagas = found.map((row): AuditedSaga => {
      const { id, is_end_dated: isEndDated, timer_due_ms: timerDueAt } = row
      return {
        id,
        ...readStored(rows, row),
        isEndDated,
        timerDueAt,
        places: places.get(id) ?? [],
        history: history.get(id) ?? [],
        children: children.get(id) ?? [],
      }
    })
    const known = new Set<string>(ids)
    const strayIds = [...history.keys()].filter((id) => !known.has(id))
    return { now, sagas, strayIds, next: last }
  })
}

type FoundRow = Row &
  SagaRow & {
    readonly id: SagaId
    readonly is_end_dated: boolean
    readonly timer_due_ms: number | null
  }

async function readSagas(tx: Tx, place: PagePlace): Promise<readonly FoundRow[]> {
  const asked = 'ids' in place ? [place.ids] : [place.after, place.rowsMax]
  return (await tx.query<FoundRow>('ids' in place ? sagasOf : sagasAfter, asked)).rows
}

function readStored(cipher: RowCipher, row: FoundRow): Pick<AuditedSaga, 'stored' | 'problem'> {
  try {
    const stored = cipher.read(row)
    return { stored, problem: null }
  } catch (error) {
    return { stored: null, problem: error instanceof Error ? error.message : String(error) }
  }
}

type EntryRow = Row & {
  readonly saga_id: string
  readonly seq: number
  readonly at_ms: number
  readonly type: string
  readonly status: string
  readonly state: Json
  readonly event: unknown
  readonly facts: readonly Fact[]
  readonly is_pending: boolean | null
}

async function readHistory(
  tx: Tx,
  place: PagePlace,
  last: SagaId,
): Promise<ReadonlyMap<string, readonly AuditedEntry[]>> {
  const asked = 'ids' in place ? [place.ids] : [place.after, last]
  const { rows } = await tx.query<EntryRow>('ids' in place ? historyOf : historyBetween, asked)
  const entries = new Map<string, AuditedEntry[]>()
  for (const { saga_id, at_ms, is_pending, ...row } of rows) {
    const entry = { ...row, at: at_ms, isPending: is_pending === true }
    const known = entries.get(saga_id)
    if (known === undefined) entries.set(saga_id, [entry])
    else known.push(entry)
  }
  return entries
}

type ChildRow = Row & {
  readonly parent_id: string
  readonly status: string
  readonly parent: { readonly step?: string; readonly visit?: number } | null
  readonly is_revoked: boolean
}

async function readChildren(
  tx: Tx,
  ids: readonly SagaId[],
): Promise<ReadonlyMap<string, readonly AuditedChild[]>> {
  const { rows } = await tx.query<ChildRow>(childrenOf, [ids])
  const children = Map.groupBy(rows, (row) => row.parent_id)
  const toChild = ({ status, parent, is_revoked: isRevoked }: ChildRow): AuditedChild => ({
    step: parent?.step ?? '',
    visit: parent?.visit ?? 0,
    status,
    isRevoked,
  })
  return new Map([...children].map(([id, found]) => [id, found.map(toChild)]))
}

type PlaceRow = Row & {
  readonly saga_id: string
  readonly key: string
  readonly is_holder: boolean
}

async function readPlaces(tx: Tx, ids: readonly SagaId[]) {
  if (ids.length === 0) return new Map<string, AuditedSaga['places']>()
  const { rows } = await tx.query<PlaceRow>(placesOf, [ids])
  const toPlace = ({ key, is_holder: isHolder }: PlaceRow) => ({ key, isHolder })
  const found = Map.groupBy(rows, (row) => row.saga_id)
  return new Map([...found].map(([id, places]) => [id, places.map(toPlace)]))
}

async function readNow(tx: Tx): Promise<number> {
  return (await tx.query<{ readonly now_ms: number }>(clock)).rows[0]?.now_ms ?? 0
}
