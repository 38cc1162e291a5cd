// The parts of `history`: which there are, and making those of days to come. A part is a range of ids
// of sagas, which begin with the time of their start.
import type { Db, Row, Statement } from '../../messaging/db.ts'

const living: Statement = {
  name: 'history-parts.list',
  text: `
    select name, low, high, dropping_at is not null as is_dropping,
      high <= lowest_saga_id(clock_timestamp()) as is_over,
      coalesce(pg_total_relation_size(to_regclass('public.' || name)), 0)::float8 as bytes
    from history_parts where dropped_at is null order by low`,
}

/** How many of the next days have a part; today is none of them. */
const ahead: Statement = {
  name: 'history-parts.ahead',
  text: `
    select count(*)::int as days
    from generate_series(1, $1::int) as day(number), history_parts
    where lowest_saga_id((clock_timestamp() at time zone 'UTC')::date + number) >= low
      and lowest_saga_id((clock_timestamp() at time zone 'UTC')::date + number) < high`,
}

const make: Statement = {
  name: 'history-parts.make',
  text: `select make_history_day((clock_timestamp() at time zone 'UTC')::date + $1::int) as is_new`,
}

const overlap: Statement = {
  name: 'history-parts.gone',
  text: `
    select id from unnest($1::uuid[]) as asked(id) where exists (
      select from history_parts where dropping_at is not null and id >= low and id < high)`,
}

/** Rows in no part are counted up to this. */
const restRowsMax = 10_000

const rest: Statement = {
  name: 'history-parts.rest',
  text: 'select count(*)::int as rows from (select from history_rest limit $1) as counted',
}

/** Longer waits for a lock are given up: whoever reads the history would queue behind them. */
const lockMs = 1_000

export type HistoryPart = {
  readonly name: string
  /** The ids in it: from `low` on, up to but without `high`. */
  readonly low: string
  readonly high: string
  /** Its sagas go already. */
  readonly isDropping: boolean
  /** No new saga comes into it. */
  readonly isOver: boolean
  /** On disk, with indexes. */
  readonly bytes: number
}

type PartRow = Omit<HistoryPart, 'isDropping' | 'isOver'> & {
  readonly is_dropping: boolean
  readonly is_over: boolean
}

/** Those that were not dropped, oldest first. */
export async function listHistoryParts(db: Db): Promise<readonly HistoryPart[]> {
  const { rows } = await db.query<PartRow & Row>(living)
  return rows.map(({ is_dropping: isDropping, is_over: isOver, ...part }) => {
    return { ...part, isDropping, isOver }
  })
}

/** Of the next `days` days, how many have a part. */
export async function countDaysAhead(db: Db, days: number): Promise<number> {
  return (await db.query<{ readonly days: number }>(ahead, [days])).rows[0]?.days ?? 0
}

/** Of the day so many days from today (UTC). False where it has one. */
export function makeHistoryDay(db: Db, daysAhead: number): Promise<boolean> {
  return db.transaction(async (tx) => {
    void tx.query(`set local lock_timeout = ${lockMs}`)
    const { rows } = await tx.query<{ readonly is_new: boolean }>(make, [daysAhead])
    return rows[0]?.is_new === true
  })
}

/** Those of the ids whose part was dropped, or is about to be. */
export async function findDropped(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set()
  const { rows } = await db.query<{ readonly id: string }>(overlap, [ids])
  return new Set(rows.map(({ id }) => id))
}

/** Entries in no part of a day; 10,000 stands for that or more. */
export async function countRest(db: Db): Promise<number> {
  const { rows } = await db.query<{ readonly rows: number }>(rest, [restRowsMax])
  return rows[0]?.rows ?? 0
}
