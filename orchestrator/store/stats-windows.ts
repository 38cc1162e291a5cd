// The statistics as they are read, and what of them goes with time.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { StatsWindow } from './stats-batch.ts'

/** Rows of one deletion. */
const cutMax = 5_000
/** What is known of a saga goes so long after its end, by the time of the events, not by the clock:
 * events that come later than this are not counted. */
export const lateMsMax = 3_600_000
/** And of one that lives, so long after its last event: then it has no duration. */
const silentMsMax = 30 * 86_400_000
/** Minutes are kept for a week. */
const keptMs = 7 * 86_400_000

/** Minutes are summed to windows, durations too: buckets add up. */
const between: Statement = {
  name: 'stats.between',
  text: `
    with minutes as (
      select date_bin($5 * interval '1 minute', at, date_trunc('minute', $1::timestamptz)) as at,
        name, step, started, completed, compensated, failed, stuck, retries, durations
      from stats_windows
      where at >= $1 and at < $2 and ($3::text[] is null or name = any($3::text[]))
        and ($6::text is null or (step = '') = ($6 = 'sagas'))
    ), counted as (
      select at, name, step, sum(started)::float8 as started, sum(completed)::float8 as completed,
        sum(compensated)::float8 as compensated, sum(failed)::float8 as failed,
        sum(stuck)::float8 as stuck, sum(retries)::float8 as retries
      from minutes group by at, name, step order by at, name, step limit $4
    ), buckets as (
      select at, name, step, bucket, sum(count::int) as count
      from minutes, jsonb_each_text(durations) as each(bucket, count)
      group by at, name, step, bucket
    ), lasted as (
      select at, name, step, json_object_agg(bucket, count) as durations
      from buckets group by at, name, step
    )
    select (extract(epoch from at) * 1000)::float8 as at_ms, name, step, started, completed,
      compensated, failed, stuck, retries, coalesce(durations, '{}') as durations
    from counted left join lasted using (at, name, step)
    order by at, name, step`,
}

const cutWindows: Statement = {
  name: 'stats.cut-windows',
  text: `
    delete from stats_windows where (at, name, step) in (
      select at, name, step from stats_windows
      where at < clock_timestamp() - $1 * interval '1 ms'
      order by at limit $2 for update skip locked
    )`,
}

const cutSagas = (which: 'ended' | 'living'): Statement => ({
  name: `stats.cut-${which}`,
  text: `
    delete from stats_sagas where saga_id in (
      select saga_id from stats_sagas s join stats_partitions p using (partition)
      where ${which === 'ended' ? '' : 'not'} is_ended
        and touched_at < newest_at - $1 * interval '1 ms'
        -- For the index.
        and touched_at < (select max(newest_at) from stats_partitions) - $1 * interval '1 ms'
      order by touched_at limit $2 for update of s skip locked
    )`,
})

const cutEnded = cutSagas('ended')
const cutLiving = cutSagas('living')

export type StatsAsked = {
  readonly from: Date
  readonly to: Date
  /** Null: all. */
  readonly names: readonly string[] | null
  /** How long a window is; the first begins with the minute of `from`. */
  readonly windowMinutes: number
  /** Null: both. */
  readonly of: 'sagas' | 'steps' | null
  readonly limit: number
}

/** In the order of time, name and step. */
export async function readWindows(
  db: Db,
  { from, to, names, limit, windowMinutes, of }: StatsAsked,
): Promise<readonly StatsWindow[]> {
  const { rows } = await db.query<
    Row & Omit<StatsWindow, 'at' | 'counts'> & { at_ms: number } & StatsWindow['counts']
  >(between, [from, to, names, limit, windowMinutes, of])
  return rows.map(({ at_ms: at, name, step, durations, ...counts }) => ({
    ...{ at, name, step, durations, counts },
  }))
}

/** Answers whether there may be more to cut. */
export async function cutStats(db: Db): Promise<boolean> {
  const cuts = [
    await db.query(cutEnded, [lateMsMax, cutMax]),
    await db.query(cutLiving, [silentMsMax, cutMax]),
    await db.query(cutWindows, [keptMs, cutMax]),
  ]
  return cuts.some(({ rowCount }) => rowCount >= cutMax)
}
