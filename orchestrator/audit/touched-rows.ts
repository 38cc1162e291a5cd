// Which sagas an incremental audit looks at, and what it finds when it looks at one once more.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { StepState } from '../engine/saga.ts'

const touched: Statement = {
  name: 'audit.touched',
  text: `
    select id from sagas
    where ended_at is null or updated_at >= to_timestamp($1::float8 / 1000)`,
}

const count: Statement = {
  name: 'audit.count',
  text: 'select count(*)::int as count from sagas',
}

const again: Statement = {
  name: 'audit.again',
  text: `
    select id, status, snapshot -> 'steps' as steps,
      coalesce((snapshot ->> 'sequence')::int, 0) as sequence
    from sagas where id = any($1::uuid[])`,
}

const identity: Statement = {
  name: 'audit.identity',
  text: `
    select datname || ' ' || oid as database,
      (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms
    from pg_database where datname = current_database()`,
}

/** Sagas that live, or changed since then (ms since the epoch). Reads the whole table once. */
export async function readTouched(db: Db, since: number): Promise<readonly string[]> {
  return (await db.query<{ readonly id: string }>(touched, [since])).rows.map(({ id }) => id)
}

export async function countSagas(db: Db): Promise<number> {
  return (await db.query<{ readonly count: number }>(count)).rows[0]?.count ?? 0
}

/** A saga as it stands now, as far as a second look asks for it. */
export type SeenAgain = {
  readonly id: string
  readonly status: string
  readonly steps: readonly Pick<StepState, 'name' | 'visit'>[]
  readonly sequence: number
}

export async function readAgain(
  db: Db,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SeenAgain>> {
  if (ids.length === 0) return new Map()
  const { rows } = await db.query<SeenAgain & Row>(again, [ids])
  return new Map(rows.map((row) => [row.id, row]))
}

/** Which database it is, and its time. */
export async function readIdentity(
  db: Db,
): Promise<{ readonly database: string; readonly now: number }> {
  const { rows } = await db.query<{ readonly database: string; readonly now_ms: number }>(identity)
  return { database: rows[0]?.database ?? '', now: rows[0]?.now_ms ?? 0 }
}
