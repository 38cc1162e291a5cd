// Dropping a part of the history, in steps that can each be cut short and done again: it is marked,
// its sagas go a page at a time, the part is taken off, its table is dropped, and the keys of its
// starts go. Runs as the owner of the tables.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { HistoryPart } from './history-parts.ts'

const mark: Statement = {
  name: 'history-parts.mark',
  text: `
    update history_parts set dropping_at = coalesce(dropping_at, clock_timestamp())
    where name = $1`,
}

const page: Statement = {
  name: 'history-parts.page',
  text: `
    select id, revision from sagas where id >= $1::uuid and id < $2::uuid and id > $3::uuid
    order by id limit $4`,
}

const remove: Statement = {
  name: 'history-parts.remove-sagas',
  text: `
    with asked as (
      select * from unnest($1::uuid[], $2::int[]) as asked(id, revision)
    ), gone as (
      delete from sagas using asked
      where sagas.id = asked.id and sagas.id = any($1::uuid[]) and ended_at is not null
        and sagas.revision = asked.revision
      returning sagas.id
    ), unlisted as (
      delete from saga_search where saga_id in (select id from gone)
      returning name, version, status
    ), unnamed as (
      delete from saga_subjects where saga_id in (select id from gone)
    ), counted as (
      update search_counts old set count = old.count - less.count
      from (select name, version, status, count(*) as count from unlisted group by 1, 2, 3) as less
      where old.name = less.name and old.version = less.version and old.status = less.status
    )
    select id from gone`,
}

/** Whoever writes to the read model locks it first. */
const lockSearch: Statement = {
  name: 'history-parts.lock-search',
  text: 'select feed_id from search_state for update',
}

const finish: Statement = {
  name: 'history-parts.finish',
  text: `
    update history_parts set dropped_at = clock_timestamp()
    where name = $1 and dropping_at is not null`,
}

const isAttached: Statement = {
  name: 'history-parts.attached',
  text: `
    select exists (
      select from pg_inherits where inhrelid = to_regclass('public.' || $1::text)) as is_attached`,
}

const keys: Statement = {
  name: 'history-parts.remove-keys',
  text: `
    with page as (
      select name, key, saga_id from idempotency_keys where (name, key) > ($1, $2)
      order by name, key limit $3
    ), gone as (
      delete from idempotency_keys old using page
      where old.name = page.name and old.key = page.key and exists (
        select from history_parts where dropping_at is not null
          and page.saga_id >= low and page.saga_id < high)
        and not exists (select from sagas where id = page.saga_id)
      returning 1
    )
    select (select count(*)::int from gone) as gone, name, key from page
    order by name desc, key desc limit 1`,
}

const jobs: Statement = {
  name: 'history-parts.remove-jobs',
  text: `
    delete from bulk_jobs where id in (
      select id from bulk_jobs where ended_at < clock_timestamp() - $1 * interval '1 ms'
      order by ended_at limit $2)`,
}

export type Revised = { readonly id: string; readonly revision: number }

/** From here on its ids count as gone: children are not started in it, the auditor looks away. */
export async function markDropping(db: Db, { name }: HistoryPart): Promise<void> {
  await db.query(mark, [name])
}

/** Sagas of the part after one of them, in the order of ids. */
export async function readPartPage(
  db: Db,
  { low, high }: HistoryPart,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<readonly Revised[]> {
  return (await db.query<Revised & Row>(page, [low, high, after, limit])).rows
}

/** Those that ended and stand at that revision, with their rows in the read model; answers which. */
export async function removeSagas(db: Db, sagas: readonly Revised[]): Promise<ReadonlySet<string>> {
  const { rows } = await db.transaction(
    async (tx) => {
      void tx.query(lockSearch)
      return tx.query<{ readonly id: string }>(remove, [
        sagas.map(({ id }) => id),
        sagas.map(({ revision }) => revision),
      ])
    },
    { isByKey: true },
  )
  return new Set(rows.map(({ id }) => id))
}

/**
 * Takes the part off and drops its table. The first takes a lock that stops all sagas while it is
 * waited for, so it gives up after `lockMs`; the second stops nobody. Throws what Postgres says then.
 */
export async function dropPartTable(db: Db, { name }: HistoryPart, lockMs: number): Promise<void> {
  const table = `"${name.replaceAll('"', '""')}"`
  const { rows } = await db.query<{ readonly is_attached: boolean }>(isAttached, [name])
  if (rows[0]?.is_attached === true) {
    await db.transaction(async (tx) => {
      void tx.query(`set local lock_timeout = ${lockMs}`)
      await tx.query(`alter table history detach partition ${table}`)
    })
  }
  await db.query(`drop table if exists ${table}`)
  await db.query(finish, [name])
}

type KeyPage = { readonly gone: number; readonly name: string; readonly key: string }

/** The keys of sagas that went with their part, in one page of all keys; null when there is none after `after`. */
export async function removeKeys(
  db: Db,
  after: Pick<KeyPage, 'name' | 'key'>,
  limit: number,
): Promise<KeyPage | null> {
  return (await db.query<KeyPage & Row>(keys, [after.name, after.key, limit])).rows[0] ?? null
}

/** Verbs for many that ended so long ago; answers how many went. */
export async function removeJobs(db: Db, olderMs: number, limit: number): Promise<number> {
  return (await db.query(jobs, [olderMs, limit])).rowCount
}
