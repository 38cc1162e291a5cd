// The feed of all sagas: each entry of each history once, in the order in which the read model took
// them in. A place in it means the same to every process, for as long as its rows are kept.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Fact } from '../engine/event.ts'
import type { RowCipher } from './row-cipher.ts'
import type { HistoryView } from './saga-view.ts'

/** After this entry of this row; `seq` 0: before the first one of the row. */
export type FeedPlace = { readonly row: number; readonly seq: number }

export type FeedEntry = HistoryView & {
  readonly place: FeedPlace
  readonly sagaId: SagaId
  readonly name: string
  readonly version: number
}

export type FeedPage = {
  readonly entries: readonly FeedEntry[]
  /** Names of sagas whose rows were looked at and whose entries are no longer kept. */
  readonly gone: readonly string[]
  /** Of the last row that was looked at; where the page began when there is none. */
  readonly place: FeedPlace
  /** The place is older than what is kept: entries between it and `entries` are gone. */
  readonly isTorn: boolean
}

/** Rows and entries that one page looks at. */
const rowsMax = 500
const entriesMax = 500

const page: Statement = {
  name: 'saga-feed.page',
  text: `
    with page as (
      select * from saga_feed where id >= $1::bigint order by id limit $3
    )
    select page.id::float8 as row, page.saga_id, page.name, sagas.version,
      entry.seq, entry.at, entry.type, entry.state, entry.status, entry.facts
    from page
    -- A row whose saga is gone stays, so that a page never ends before it.
    left join history entry on entry.saga_id = page.saga_id
      and entry.seq > page.from_revision and entry.seq <= page.to_revision
      and (page.id > $1::bigint or entry.seq > $2::int)
    left join sagas on sagas.id = page.saga_id
    where page.id > $1::bigint or page.to_revision > $2::int
    order by page.id, entry.seq limit $4`,
}

const ends: Statement = {
  name: 'saga-feed.ends',
  text: `
    select (select feed_id from search_state)::float8 as newest,
      (select min(id) from saga_feed)::float8 as oldest`,
}

type EntryRow = Row &
  Omit<FeedEntry, 'place' | 'sagaId' | 'facts'> & {
    readonly row: number
    readonly saga_id: SagaId
    readonly facts: readonly Fact[]
  }
/** Without entry or saga where retention took them. */
type PageRow = EntryRow | (Row & { row: number; name: string; seq: number | null; version: null })

const isKept = (row: PageRow): row is EntryRow => row.seq !== null && row.version !== null

export async function readFeed(db: Db, cipher: RowCipher, after: FeedPlace): Promise<FeedPage> {
  // In this order: what is cut between the two is seen as torn.
  const { rows } = await db.query<PageRow>(page, [after.row, after.seq, rowsMax, entriesMax])
  const kept = rows.filter(isKept)
  await cipher.load(db, kept)
  const { newest, oldest } = await findFeedEnds(db)
  const first = oldest ?? newest + 1
  // After the end of the last row that is gone nothing is missing.
  const isWhole = after.row >= first || (after.row === first - 1 && after.seq === seqMax)
  const isCut = after.row < newest && !isWhole
  // A place that is still to come was given by another database.
  const isTorn = isCut || after.row > newest
  const gone = rows.filter((row) => !isKept(row)).map(({ name }) => name)
  const last = rows.at(-1)
  const place = last === undefined ? after : { row: last.row, seq: last.seq ?? seqMax }
  return { entries: kept.map((row) => toEntry(cipher, row)), gone, place, isTorn }
}

function toEntry(cipher: RowCipher, { row, saga_id, facts, ...entry }: EntryRow): FeedEntry {
  const { name, version, seq } = entry
  return {
    ...entry,
    place: { row, seq },
    sagaId: saga_id,
    facts: cipher.viewFacts({ sagaId: saga_id, seq, name, version }, facts),
  }
}

type Ends = { readonly newest: number; readonly oldest: number | null }

async function findFeedEnds(db: Db): Promise<Ends> {
  const { rows } = await db.query<Ends & Row>(ends)
  return rows[0] ?? { newest: 0, oldest: null }
}

/** After everything that there is. */
export async function findFeedHead(db: Db): Promise<FeedPlace> {
  return { row: (await findFeedEnds(db)).newest, seq: seqMax }
}

/** No history is as long. */
const seqMax = 2_147_483_647

const news: Statement = {
  name: 'saga-feed.news',
  text: `
    select (select feed_id from search_state)::float8 as head, array(
      select id::text from sagas
      join unnest($1::uuid[], $2::int[]) as known(known_id, revision) on id = known_id
      where sagas.id = any($1::uuid[]) and sagas.revision > known.revision
    ) as moved`,
}

export type Watched = { readonly id: SagaId; readonly revision: number }
export type News = { readonly head: number; readonly moved: readonly SagaId[] }

/** How far the feed has come, and which of these sagas have moved on. */
export async function findNews(db: Db, watched: readonly Watched[]): Promise<News> {
  const ids = watched.map(({ id }) => id)
  const revisions = watched.map(({ revision }) => revision)
  const { rows } = await db.query<News & Row>(news, [ids, revisions])
  return rows[0] ?? { head: 0, moved: [] }
}
