// Which processes follow the lifecycle events, what each keeps up with them, and how far it was
// behind when it said so.
import type { Db, Statement } from '../../messaging/db.ts'

/** One that was silent for longer has crashed: its part has gone to the others by now. */
const countedMs = 20_000
/** Rows that are older are deleted by whoever sees them. */
const keptMs = 3_600_000

const say: Statement = {
  name: 'event-followers.say',
  text: `
    with gone as (
      delete from search_followers where id in (
        select id from search_followers where id <> $1::uuid
          and seen_at < clock_timestamp() - $4 * interval '1 ms' for update skip locked
      )
    )
    insert into search_followers (id, keeps, seen_at, behind_ms)
    values ($1::uuid, $2, clock_timestamp(), $3)
    on conflict (id) do update set seen_at = excluded.seen_at, behind_ms = excluded.behind_ms`,
}

const leave: Statement = {
  name: 'event-followers.leave',
  text: 'delete from search_followers where id = $1::uuid',
}

/** What one said grows older by the second. */
const lagOf = (keeps: string, where: string): Statement => ({
  name: `event-followers.lag-${keeps}`,
  text: `
    select max(behind_ms + extract(epoch from clock_timestamp() - seen_at) * 1000)::float8 as lag_ms
    from search_followers where keeps = '${keeps}'
      and seen_at > clock_timestamp() - $1 * interval '1 ms' ${where}`,
})

const searchLag = lagOf(
  'search',
  'and exists (select from search_pass where passed_at is not null)',
)
const statsLag = lagOf('stats', '')

export type Behind = {
  readonly id: string
  readonly keeps: 'search' | 'stats'
  readonly behindMs: number
}

export async function sayBehind(db: Db, { id, keeps, behindMs }: Behind): Promise<void> {
  await db.query(say, [id, keeps, Math.round(behindMs), keptMs])
}

export async function leaveFollowers(db: Db, id: string): Promise<void> {
  await db.query(leave, [id])
}

/** How far lists may be behind the sagas, in ms; null when nobody follows, or not all is there. */
export function findSearchLag(db: Db): Promise<number | null> {
  return findLag(db, searchLag)
}

/** How far the statistics may be behind, in ms; null when nobody follows. */
export function findStatsLag(db: Db): Promise<number | null> {
  return findLag(db, statsLag)
}

async function findLag(db: Db, lag: Statement): Promise<number | null> {
  const { rows } = await db.query<{ readonly lag_ms: number | null }>(lag, [countedMs])
  const lagMs = rows[0]?.lag_ms ?? null
  return lagMs === null ? null : Math.max(0, Math.round(lagMs))
}
