// The walk over all sagas, in the order of their ids, that finds what the read model lacks. One
// process at a time walks, by a lease; where it has come is kept, so that another one goes on.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'

/** Also gives the walk its start: the first one, one that was asked for, or the next one in time. */
const lease: Statement = {
  name: 'search-pass.lease',
  text: `
    update search_pass set leased_by = $1::uuid,
      leased_until = clock_timestamp() + $2 * interval '1 ms',
      after_id = case when after_id is null or is_rebuild_asked
        then '00000000-0000-0000-0000-000000000000' else after_id end,
      is_rebuild = case when is_rebuild_asked then true
        when after_id is null then false else is_rebuild end,
      is_rebuild_asked = false
    where (leased_by = $1::uuid or leased_until < clock_timestamp())
      and (after_id is not null or is_rebuild_asked or passed_at is null
        or passed_at < clock_timestamp() - $3 * interval '1 ms')
    returning after_id::text, is_rebuild, passed_at is null as is_first`,
}

const move: Statement = {
  name: 'search-pass.move',
  text: `
    update search_pass set after_id = $2::uuid,
      passed_at = case when $2::uuid is null then clock_timestamp() else passed_at end
    where leased_by = $1::uuid and not is_rebuild_asked`,
}

/** Those that came to rest a moment ago are left to whoever follows. */
const page: Statement = {
  name: 'search-pass.page',
  text: `
    with scanned as (
      select id, revision, updated_at from sagas where id > $1::uuid order by id limit $2
    )
    select (select id::text from scanned order by id desc limit 1) as last,
      array(
        select scanned.id::text from scanned left join saga_search s on s.saga_id = scanned.id
        where $3 or ((s.revision is null or s.revision < scanned.revision)
          and scanned.updated_at < clock_timestamp() - $4 * interval '1 ms')
      ) as behind`,
}

const ask: Statement = {
  name: 'search-pass.ask',
  text: 'update search_pass set is_rebuild_asked = true',
}

const prune: Statement = {
  name: 'saga-feed.prune',
  text: `
    delete from saga_feed where id in (
      select id from saga_feed where id <= (select feed_id from search_state) - $1::bigint
      order by id limit $2)`,
}

export type Pass = {
  readonly after: string
  readonly isRebuild: boolean
  /** The read model was never whole before. */
  readonly isFirst: boolean
}

/** Null when there is nothing to walk for, or somebody else does. */
export async function leasePass(
  db: Db,
  who: { readonly id: string; readonly leaseMs: number; readonly everyMs: number },
): Promise<Pass | null> {
  const { rows } = await db.query<
    Row & { readonly after_id: string; readonly is_rebuild: boolean; readonly is_first: boolean }
  >(lease, [who.id, who.leaseMs, who.everyMs])
  const row = rows[0]
  if (row === undefined) return null
  return { after: row.after_id, isRebuild: row.is_rebuild, isFirst: row.is_first }
}

/** `after` null: it has seen all of them. Changes nothing when the lease is somebody else's. */
export async function movePass(db: Db, id: string, after: string | null): Promise<void> {
  await db.query(move, [id, after])
}

export type PassPage = { readonly last: string | null; readonly behind: readonly SagaId[] }

export async function findBehind(
  db: Db,
  asked: {
    readonly after: string
    readonly limit: number
    readonly isEvery: boolean
    readonly restedMs: number
  },
): Promise<PassPage> {
  const { after, limit, isEvery, restedMs } = asked
  const { rows } = await db.query<PassPage & Row>(page, [after, limit, isEvery, restedMs])
  return rows[0] ?? { last: null, behind: [] }
}

/** The next walk begins at the first saga and writes every one again. */
export async function askRebuild(db: Db): Promise<void> {
  await db.query(ask)
}

/** Keeps so many of the newest rows; at most `limit` go at once. */
export async function pruneFeed(db: Db, kept: number, limit: number): Promise<number> {
  return (await db.query(prune, [kept, limit])).rowCount
}
