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

const between: Statement = {
  name: 'stats.between',
  text: `
    select (extract(epoch from at) * 1000)::float8 as at_ms, name, step, started, completed,
      compensated, failed, stuck, retries, durations
    from stats_windows
    where at >= $1 and at < $2 and ($3::text[] is null or name = any($3::text[]))
    order by at, name, step limit $4`,
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
  readonly limit: number
}

/** In the order of time, name and step. */
export async function readWindows(
  db: Db,
  { from, to, names, limit }: StatsAsked,
): Promise<readonly StatsWindow[]> {
  const { rows } = await db.query<
    Row & Omit<StatsWindow, 'at' | 'counts'> & { at_ms: number } & StatsWindow['counts']
  >(between, [from, to, names, limit])
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
