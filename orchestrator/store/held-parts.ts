// Why a part of the history cannot go: the sagas in it that somebody still needs.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { HistoryPart } from './history-parts.ts'

/**
 * A saga that has ended may be taken back by whoever is above it, so a whole line of ancestors must
 * have ended; what has not come to Kafka yet is told from the history.
 */
const holders: Statement = {
  name: 'history-parts.holders',
  text: `
    with recursive own as (
      select id, parent_id, ended_at, updated_at from sagas where id >= $1::uuid and id < $2::uuid
    ), above as (
      select id as own_id, parent_id from own where parent_id is not null
      union
      select above.own_id, parent.parent_id from above
      join sagas parent on parent.id = above.parent_id where parent.parent_id is not null
    ), found as (
      select 'living' as reason, id from own where ended_at is null
      union all
      select 'living-parent', own_id from above
      join sagas parent on parent.id = above.parent_id where parent.ended_at is null
      union all
      select 'living-child', child.parent_id from sagas child
      where child.parent_id in (select id from own) and child.ended_at is null
      union all
      select 'ended-lately', id from own
      where greatest(ended_at, updated_at) > clock_timestamp() - $3 * interval '1 ms'
        and ended_at is not null
      union all
      select 'unpublished', saga_id from publish_batches, unnest(saga_ids) as named(saga_id)
      where saga_id >= $1::uuid and saga_id < $2::uuid
      union all
      select 'held-event', saga_id from held_events where saga_id >= $1::uuid and saga_id < $2::uuid
    )
    select reason, count(distinct id)::int as sagas,
      (array_agg(distinct id order by id))[1:3] as examples
    from found group by reason order by reason`,
}

const counted: Statement = {
  name: 'history-parts.sagas',
  text: 'select count(*)::int as sagas from sagas where id >= $1::uuid and id < $2::uuid',
}

export type Holder = {
  readonly reason:
    | 'living'
    | 'living-parent'
    | 'living-child'
    | 'ended-lately'
    | 'unpublished'
    | 'held-event'
  /** Sagas of the part. */
  readonly sagas: number
  /** A few of them. */
  readonly examples: readonly string[]
}

/** `keepMs`: a saga stays for so long after the last thing that came to it. Empty: it may go. */
export async function findHolders(
  db: Db,
  { low, high }: HistoryPart,
  keepMs: number,
): Promise<readonly Holder[]> {
  return (await db.query<Holder & Row>(holders, [low, high, keepMs])).rows
}

export async function countSagasOf(db: Db, { low, high }: HistoryPart): Promise<number> {
  const { rows } = await db.query<{ readonly sagas: number }>(counted, [low, high])
  return rows[0]?.sagas ?? 0
}
