// How many sagas there are by name, version and status, as the read model has counted them.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { SagaStatus } from '../engine/saga.ts'

/** Groups of one answer; sagas are of few names, versions and statuses. */
const groupsMax = 10_000

const counts: Statement = {
  name: 'search.counts',
  text: `
    select c.name, c.version, c.status, c.count::float8 as count,
      oldest.saga_id as "oldestId", oldest.started_at as "oldestStartedAt"
    from search_counts c left join lateral (
      select saga_id, started_at from saga_search s
      where s.name = c.name and s.version = c.version and s.status = c.status
      order by started_at, saga_id limit 1
    ) as oldest on true
    where c.count > 0 and ($1::text[] is null or c.name = any($1::text[]))
    order by c.name, c.version, c.status limit $2`,
}

export type CountedSagas = {
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  readonly count: number
  /** The oldest of them, and when it was started. */
  readonly oldestId: SagaId
  readonly oldestStartedAt: Date
}

/** `names` null: all. */
export async function countSagas(
  db: Db,
  names: readonly string[] | null,
): Promise<readonly CountedSagas[]> {
  const { rows } = await db.query<Row & CountedSagas>(counts, [names, groupsMax])
  return rows
}
