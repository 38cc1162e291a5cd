// The log lines of sagas: a bounded number of each, for a bounded time.
import type { Db, Row, Statement, Tx } from '../../messaging/db.ts'
import type { LogError, LogLineLevel } from '../../messaging/log-line.ts'
import type { SagaId } from '../../messaging/message.ts'
import { textList } from './json-list.ts'

/** Lines that are kept of one saga: the first ones. */
export const linesOfSagaMax = 1_000
/** Lines are kept for a week. */
const keptMs = 7 * 86_400_000
/** Rows of one deletion. */
const cutMax = 5_000

const about: Statement = {
  name: 'saga-logs.sagas',
  text: 'select id, name, version from sagas where id = any($1::uuid[])',
}

const insert: Statement = {
  name: 'saga-logs.insert',
  text: `
    with given as (
      select *, row_number() over (partition by saga_id order by at_us, digest) as place
      from unnest($1::uuid[], $2::float8[], $3::bigint[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::text[], string_to_array($9, chr(31))::json[])
        as given(saga_id, at_us, digest, level, service, step, trace_id, message, error)
    )
    insert into saga_logs (saga_id, at, digest, level, service, step, trace_id, message, error)
    select saga_id, 'epoch'::timestamptz + at_us * interval '1 us', digest, level, service, step,
      trace_id, message, case when json_typeof(error) = 'object' then error end
    from given
    where place + (
      select count(*) from (
        select from saga_logs old where old.saga_id = given.saga_id limit $10
      ) as kept
    ) <= $10
    on conflict do nothing`,
}

const page: Statement = {
  name: 'saga-logs.page',
  text: `
    select (extract(epoch from at) * 1000)::float8 as at_ms, digest::text, level, service, step,
      trace_id, message, error
    from saga_logs
    where saga_id = $1::uuid
      and (at, digest) > ('epoch'::timestamptz + $2 * interval '1 us', $3::bigint)
    order by at, digest limit $4`,
}

const cut: Statement = {
  name: 'saga-logs.cut',
  text: `
    delete from saga_logs where (saga_id, at, digest) in (
      select saga_id, at, digest from saga_logs
      where kept_at < clock_timestamp() - $1 * interval '1 ms'
      order by kept_at limit $2 for update skip locked
    )`,
}

export type KeptSaga = { readonly id: SagaId; readonly name: string; readonly version: number }

export type SagaLogLine = {
  readonly at: Date
  /** With `at` its place among the lines of its saga. */
  readonly digest: bigint
  readonly level: LogLineLevel
  readonly service: string
  readonly step: string | null
  readonly traceId: string | null
  readonly message: string
  readonly error: LogError | null
}

export type LogPlace = Pick<SagaLogLine, 'at' | 'digest'>

/** What sagas these are; those that are not there are left out. */
export async function findLoggedSagas(
  tx: Tx,
  ids: readonly SagaId[],
): Promise<readonly KeptSaga[]> {
  const { rows } = await tx.query<KeptSaga & Row>(about, [ids])
  return rows
}

/** A line that is there already, or for which its saga has no more room, changes nothing. */
export async function insertSagaLogs(
  tx: Tx,
  lines: readonly (SagaLogLine & { readonly sagaId: SagaId })[],
): Promise<number> {
  const { rowCount } = await tx.query(insert, [
    lines.map(({ sagaId }) => sagaId),
    lines.map(({ at }) => at.getTime() * 1_000),
    lines.map(({ digest }) => String(digest)),
    lines.map(({ level }) => level),
    lines.map(({ service }) => service),
    lines.map(({ step }) => step),
    lines.map(({ traceId }) => traceId),
    lines.map(({ message }) => message),
    textList(lines.map(({ error }) => JSON.stringify(error))),
    linesOfSagaMax,
  ])
  return rowCount
}

type PageRow = Omit<SagaLogLine, 'at' | 'digest' | 'traceId'> & {
  readonly at_ms: number
  readonly digest: string
  readonly trace_id: string | null
}

/** Oldest first. */
export async function listSagaLogs(
  db: Db,
  asked: { readonly id: SagaId; readonly after: LogPlace; readonly limit: number },
): Promise<readonly SagaLogLine[]> {
  const { id, after, limit } = asked
  const values = [id, after.at.getTime() * 1_000, String(after.digest), limit]
  const { rows } = await db.query<PageRow & Row>(page, values)
  return rows.map(({ at_ms: at, digest, trace_id: traceId, ...line }) => ({
    ...{ ...line, at: new Date(at), digest: BigInt(digest), traceId },
  }))
}

/** Answers whether there may be more to cut. */
export async function cutSagaLogs(db: Db): Promise<boolean> {
  const { rowCount } = await db.query(cut, [keptMs, cutMax])
  return rowCount >= cutMax
}
