// Bulk jobs: a verb for many sagas. Which sagas is fixed when a job is made.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Verb } from '../engine/event.ts'

/** As it was asked for. */
export type BulkRequest = {
  readonly verb: Verb
  /** Of a skip. */
  readonly step?: string
  readonly effect?: 'done' | 'none'
  readonly filter: Readonly<Record<string, unknown>>
  readonly actor: string
  readonly reason: string
  readonly perSecond: number
}

export type BulkStatus = 'running' | 'cancelling' | 'done' | 'cancelled'

export type BulkJob = {
  readonly id: string
  readonly request: BulkRequest
  readonly principal: string | null
  /** Of the sagas that it is about. */
  readonly sagaNames: readonly string[]
  readonly status: BulkStatus
  readonly total: number
  readonly createdAt: Date
  readonly endedAt: Date | null
}

export type BulkItem = {
  readonly position: number
  readonly sagaId: SagaId
  readonly sagaName: string
  /** Null: not yet. `done`, `left` by a cancel, or the code of a refusal. */
  readonly outcome: string | null
  readonly detail: string | null
  readonly at: Date | null
}

const columns = `id, request, principal, saga_names, status, total, created_at, ended_at`

const insert: Statement = {
  name: 'bulk-jobs.insert',
  text: `
    with made as (
      insert into bulk_jobs (id, key, request, saga_names, principal, total)
      select $1::uuid, $2, $3::json, $4::text[], $5, cardinality($6::uuid[])
      on conflict (key) do nothing
      returning ${columns}
    ), items as (
      insert into bulk_items (job_id, position, saga_id, saga_name)
      select made.id, position, saga_id, saga_name
      from made, unnest($6::uuid[], $7::text[]) with ordinality
        as item(saga_id, saga_name, position)
    )
    select ${columns} from made`,
}

const byKey: Statement = {
  name: 'bulk-jobs.by-key',
  text: `select ${columns} from bulk_jobs where key = $1`,
}

const find: Statement = {
  name: 'bulk-jobs.find',
  text: `select ${columns} from bulk_jobs where id = $1::uuid`,
}

const list: Statement = {
  name: 'bulk-jobs.list',
  text: `
    select ${columns} from bulk_jobs
    where ($1::text[] is null or saga_names <@ $1::text[] and saga_names <> '{}') and ($2::uuid is null or id < $2::uuid)
    order by id desc limit $3`,
}

const cancel: Statement = {
  name: 'bulk-jobs.cancel',
  text: `update bulk_jobs set status = 'cancelling' where id = $1::uuid and status = 'running'`,
}

const unended: Statement = {
  name: 'bulk-jobs.unended',
  text: 'select count(*)::int as count from bulk_jobs where ended_at is null',
}

type JobRow = Row &
  Pick<BulkJob, 'id' | 'request' | 'principal' | 'status' | 'total'> & {
    readonly saga_names: readonly string[]
    readonly created_at: Date
    readonly ended_at: Date | null
  }

export function toBulkJob({ saga_names, created_at, ended_at, ...row }: JobRow): BulkJob {
  return { ...row, sagaNames: saga_names, createdAt: created_at, endedAt: ended_at }
}

export type NewBulkJob = Pick<BulkJob, 'id' | 'request' | 'principal'> & {
  readonly key: string | null
  readonly sagas: readonly { readonly id: SagaId; readonly name: string }[]
}

/** The job of that key is made once; a repeat gives the one that is there. */
export async function insertBulkJob(db: Db, job: NewBulkJob): Promise<BulkJob> {
  const { id, key, request, principal, sagas } = job
  const names = sagas.map(({ name }) => name)
  const values = [
    ...[id, key, JSON.stringify(request), [...new Set(names)], principal],
    ...[sagas.map((saga) => saga.id), names],
  ]
  const { rows } = await db.query<JobRow>(insert, values)
  if (rows[0] !== undefined) return toBulkJob(rows[0])
  return (await findBulkJobByKey(db, key as string)) as BulkJob
}

export async function findBulkJobByKey(db: Db, key: string): Promise<BulkJob | null> {
  const { rows } = await db.query<JobRow>(byKey, [key])
  return rows[0] === undefined ? null : toBulkJob(rows[0])
}

export async function findBulkJob(db: Db, id: string): Promise<BulkJob | null> {
  const { rows } = await db.query<JobRow>(find, [id])
  return rows[0] === undefined ? null : toBulkJob(rows[0])
}

export type BulkList = {
  /** Jobs about sagas of these names only, of which there are some; null: all jobs. */
  readonly names: readonly string[] | null
  readonly before: string | null
  readonly limit: number
}

/** Newest first. */
export async function listBulkJobs(db: Db, asked: BulkList): Promise<readonly BulkJob[]> {
  const { rows } = await db.query<JobRow>(list, [asked.names, asked.before, asked.limit])
  return rows.map(toBulkJob)
}

/** Changes nothing when it has ended. */
export async function cancelBulkJob(db: Db, id: string): Promise<void> {
  await db.query(cancel, [id])
}

export async function countUnendedBulkJobs(db: Db): Promise<number> {
  return (await db.query<{ readonly count: number }>(unended)).rows[0]?.count ?? 0
}
