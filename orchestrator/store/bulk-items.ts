// The items of bulk jobs: what became of each saga, and the work on them.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { BulkItem, BulkJob, BulkStatus } from './bulk-jobs.ts'
import { toBulkJob } from './bulk-jobs.ts'

const claim: Statement = {
  name: 'bulk-jobs.claim',
  text: `
    update bulk_jobs set leased_until = clock_timestamp() + $1 * interval '1 ms'
    where id = (
      select id from bulk_jobs where ended_at is null and leased_until < clock_timestamp()
      order by created_at limit 1 for update skip locked
    )
    returning id, request, principal, saga_names, status, total, created_at, ended_at`,
}

const renew: Statement = {
  name: 'bulk-jobs.renew',
  text: `
    update bulk_jobs set leased_until = clock_timestamp() + $2 * interval '1 ms'
    where id = $1::uuid and ended_at is null returning status`,
}

const release: Statement = {
  name: 'bulk-jobs.release',
  text: `update bulk_jobs set leased_until = '-infinity' where id = $1::uuid and ended_at is null`,
}

const open: Statement = {
  name: 'bulk-items.open',
  text: `
    select position, saga_id, saga_name, outcome, detail, at from bulk_items
    where job_id = $1::uuid and outcome is null order by position limit $2`,
}

/** One line of the audit for each saga, together with what became of it. */
const settle: Statement = {
  name: 'bulk-items.settle',
  text: `
    with settled as (
      update bulk_items item set outcome = given.outcome, detail = given.detail,
        at = clock_timestamp()
      from unnest($2::int[], $3::text[], $4::text[]) as given(position, outcome, detail)
      where item.job_id = $1::uuid and item.position = given.position and item.outcome is null
      returning item.saga_id, item.saga_name, item.outcome
    )
    insert into access_audit
      (request_id, principal, said_by, action, saga_id, saga_name, reason, outcome)
    select 'bulk/' || $1::text, $5, $6, 'bulk ' || $7, saga_id, saga_name, $8, outcome
    from settled`,
}

const finish: Statement = {
  name: 'bulk-jobs.finish',
  text: `
    with left_over as (
      update bulk_items set outcome = 'left', at = clock_timestamp()
      where job_id = $1::uuid and outcome is null and $2 = 'cancelled'
    )
    update bulk_jobs set status = $2, ended_at = clock_timestamp()
    where id = $1::uuid and ended_at is null`,
}

const list: Statement = {
  name: 'bulk-items.list',
  text: `
    select position, saga_id, saga_name, outcome, detail, at from bulk_items
    where job_id = $1::uuid and position > $2 and ($3::text is null or outcome = $3
      or ($3 = 'failed' and outcome not in ('done', 'left')))
    order by position limit $4`,
}

const progress: Statement = {
  name: 'bulk-items.progress',
  text: `
    select outcome, count(*)::int as count from bulk_items where job_id = $1::uuid
    group by outcome order by outcome`,
}

type ItemRow = Row &
  Omit<BulkItem, 'sagaId' | 'sagaName'> & {
    readonly saga_id: SagaId
    readonly saga_name: string
  }

function toItem({ saga_id, saga_name, ...row }: ItemRow): BulkItem {
  return { ...row, sagaId: saga_id, sagaName: saga_name }
}

/** One that nobody works on, or null. */
export async function claimBulkJob(db: Db, leaseMs: number): Promise<BulkJob | null> {
  const { rows } = await db.query<Parameters<typeof toBulkJob>[0]>(claim, [leaseMs])
  return rows[0] === undefined ? null : toBulkJob(rows[0])
}

/** Its status; null when it has ended. */
export async function renewBulkLease(
  db: Db,
  id: string,
  leaseMs: number,
): Promise<BulkStatus | null> {
  const { rows } = await db.query<{ readonly status: BulkStatus }>(renew, [id, leaseMs])
  return rows[0]?.status ?? null
}

/** Others may go on at once. */
export async function releaseBulkJob(db: Db, id: string): Promise<void> {
  await db.query(release, [id])
}

export async function findOpenItems(db: Db, id: string, limit: number) {
  return (await db.query<ItemRow>(open, [id, limit])).rows.map(toItem)
}

export type BulkOutcome = Pick<BulkItem, 'position' | 'detail'> & { readonly outcome: string }

/** What is settled already stays as it is. */
export async function settleItems(
  db: Db,
  { id, principal, request }: BulkJob,
  outcomes: readonly BulkOutcome[],
): Promise<void> {
  await db.query(settle, [
    id,
    outcomes.map(({ position }) => position),
    outcomes.map(({ outcome }) => outcome),
    outcomes.map(({ detail }) => detail),
    ...[principal, request.actor, request.verb, request.reason],
  ])
}

export async function finishBulkJob(
  db: Db,
  id: string,
  status: 'done' | 'cancelled',
): Promise<void> {
  await db.query(finish, [id, status])
}

export type BulkItemList = {
  readonly jobId: string
  /** The last position of the page before, or 0. */
  readonly after: number
  /** One of them, or `failed`: all but `done` and `left`; null: all. */
  readonly outcome: string | null
  readonly limit: number
}

export async function listBulkItems(db: Db, asked: BulkItemList): Promise<readonly BulkItem[]> {
  const { jobId, after, outcome, limit } = asked
  return (await db.query<ItemRow>(list, [jobId, after, outcome, limit])).rows.map(toItem)
}

/** How many items have which outcome; `open` are still to come. */
export async function countBulkItems(
  db: Db,
  jobId: string,
): Promise<Readonly<Record<string, number>>> {
  const { rows } = await db.query<{ readonly outcome: string | null; readonly count: number }>(
    progress,
    [jobId],
  )
  return Object.fromEntries(rows.map(({ outcome, count }) => [outcome ?? 'open', count]))
}
