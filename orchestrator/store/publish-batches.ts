// Batches whose messages are not yet known to be in Kafka. Written with the sagas they belong to,
// deleted in a later transaction; what is left over is published again.
import type { Db, Statement } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'

const remove: Statement = {
  name: 'publish_batches.delete',
  text: 'delete from publish_batches where id = any($1::uuid[])',
}

/** Only its events are left, and they wait for their topic: it is never due, until it is claimed. */
const setAside: Statement = {
  name: 'publish_batches.set-aside',
  text: `update publish_batches set due_at = 'infinity' where id = any($1::uuid[])`,
}

/**
 * Materialized: Postgres may run a plain subquery once a row, and each run would skip what the one
 * before has claimed and go beyond the limit.
 */
const claimAside: Statement = {
  name: 'publish_batches.claim-aside',
  text: `
    with due as materialized (
      select id from publish_batches where due_at = 'infinity' and id <> all($3::uuid[])
      order by id limit $1 for update skip locked
    )
    update publish_batches set due_at = clock_timestamp() + $2 * interval '1 ms'
    where id in (select id from due)
    returning id, saga_ids`,
}

/** Claims keep others away for a while, not for ever: whoever claims may crash as well. */
const claim: Statement = {
  name: 'publish_batches.claim',
  text: `
    with due as materialized (
      select id from publish_batches
      where due_at < clock_timestamp() + $1 * interval '1 ms' and id <> all($4::uuid[])
      order by id limit $2 for update skip locked
    )
    update publish_batches set due_at = clock_timestamp() + $3 * interval '1 ms'
    where id in (select id from due)
    returning id, saga_ids`,
}

export type LeftoverBatch = { readonly id: string; readonly sagaIds: readonly SagaId[] }

export async function deletePublishBatches(db: Db, ids: readonly string[]): Promise<void> {
  await db.query(remove, [ids])
}

export async function claimLeftovers(
  db: Db,
  options: {
    /** 0 takes what is overdue; more takes what is due within that time as well. */
    readonly dueWithinMs: number
    readonly limit: number
    readonly claimMs: number
    /** Batches that this process is still publishing from memory. */
    readonly except: readonly string[]
  },
): Promise<readonly LeftoverBatch[]> {
  const { dueWithinMs, limit, claimMs, except } = options
  const { rows } = await db.query<BatchRow>(claim, [dueWithinMs, limit, claimMs, except])
  return rows.map(toBatch)
}

/** Batches whose commands are in Kafka, while their events wait for the topic to be there. */
export async function setBatchesAside(db: Db, ids: readonly string[]): Promise<void> {
  await db.query(setAside, [ids])
}

/** Those that were set aside; a claim that runs out makes them leftovers like any other. */
export async function claimSetAside(
  db: Db,
  options: Pick<Parameters<typeof claimLeftovers>[1], 'limit' | 'claimMs' | 'except'>,
): Promise<readonly LeftoverBatch[]> {
  const { limit, claimMs, except } = options
  const { rows } = await db.query<BatchRow>(claimAside, [limit, claimMs, except])
  return rows.map(toBatch)
}

type BatchRow = { readonly id: string; readonly saga_ids: readonly SagaId[] }

function toBatch(row: BatchRow): LeftoverBatch {
  return { id: row.id, sagaIds: row.saga_ids }
}
