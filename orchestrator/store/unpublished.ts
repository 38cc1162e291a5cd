// What is committed and not yet known to be in Kafka: how much of it there is, and how old the
// oldest is. Read for whoever watches, off the way of sagas.
import type { Db, Statement } from '../../messaging/db.ts'

/** More batches are not counted: there the age says all. */
const countedMax = 10_000

/** The ids of batches are UUIDv7: their first 48 bits are the ms since the epoch. */
const look: Statement = {
  name: 'unpublished.look',
  text: `
    with oldest as (
      select least(
        (select to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint
          / 1000.0) from publish_batches order by id limit 1),
        (select created_at from outbox order by id limit 1)
      ) as at
    )
    select (select count(*) from (select from publish_batches limit $1) as counted)::int as batches,
      (extract(epoch from clock_timestamp() - at) * 1000)::float8 as age_ms from oldest`,
}

export type Unpublished = {
  /** Transactions whose messages are not known to be in Kafka; 10,000 stands for that or more. */
  readonly batches: number
  /** Of the oldest message that is not known to be there; null when there is none. */
  readonly ageMs: number | null
}

export async function findUnpublished(db: Db): Promise<Unpublished> {
  const { rows } = await db.query<{ batches: number; age_ms: number | null }>(look, [countedMax])
  const { batches = 0, age_ms: ageMs = null } = rows[0] ?? {}
  return { batches, ageMs: ageMs === null ? null : Math.max(0, Math.round(ageMs)) }
}
