// Which processes follow the lifecycle events, and how far each was behind when it said so.
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
          and seen_at < clock_timestamp() - $3 * interval '1 ms' for update skip locked
      )
    )
    insert into search_followers (id, seen_at, behind_ms)
    values ($1::uuid, clock_timestamp(), $2)
    on conflict (id) do update set seen_at = excluded.seen_at, behind_ms = excluded.behind_ms`,
}

const leave: Statement = {
  name: 'event-followers.leave',
  text: 'delete from search_followers where id = $1::uuid',
}

/** What one said grows older by the second. */
const lag: Statement = {
  name: 'event-followers.lag',
  text: `
    select max(behind_ms + extract(epoch from clock_timestamp() - seen_at) * 1000)::float8 as lag_ms,
      exists (select from search_pass where passed_at is not null) as is_whole
    from search_followers where seen_at > clock_timestamp() - $1 * interval '1 ms'`,
}

export async function sayBehind(db: Db, id: string, behindMs: number): Promise<void> {
  await db.query(say, [id, Math.round(behindMs), keptMs])
}

export async function leaveFollowers(db: Db, id: string): Promise<void> {
  await db.query(leave, [id])
}

/** How far lists may be behind the sagas, in ms; null when nobody follows, or not all is there. */
export async function findSearchLag(db: Db): Promise<number | null> {
  const { lagMs, isWhole } = await findLag(db)
  return isWhole ? lagMs : null
}

/** How far the statistics may be behind, in ms; null when nobody follows. */
export async function findStatsLag(db: Db): Promise<number | null> {
  return (await findLag(db)).lagMs
}

type Lag = { readonly lag_ms: number | null; readonly is_whole: boolean }

async function findLag(db: Db): Promise<{ lagMs: number | null; isWhole: boolean }> {
  const { rows } = await db.query<Lag>(lag, [countedMs])
  const { lag_ms: ms = null, is_whole: isWhole = false } = rows[0] ?? {}
  return { lagMs: ms === null ? null : Math.max(0, Math.round(ms)), isWhole }
}
