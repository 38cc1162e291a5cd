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
      select *, row_number() over (partition by saga_id order by place) as place_of_saga
      from unnest($1::uuid[], $2::float8[], $3::bigint[], $4::text[], $5::text[], $6::text[],
        $7::text[], $8::text[], string_to_array($9, chr(31))::json[]) with ordinality
        as given(saga_id, at_us, digest, level, service, step, trace_id, message, error, place)
    )
    insert into saga_logs (saga_id, at, digest, level, service, step, trace_id, message, error,
      kept_at)
    select saga_id, 'epoch'::timestamptz + at_us * interval '1 us', digest, level, service, step,
      trace_id, message, case when json_typeof(error) = 'object' then error end,
      statement_timestamp() + place * interval '1 us'
    from given
    where place_of_saga + (
      select count(*) from (
        select from saga_logs old where old.saga_id = given.saga_id limit $10
      ) as kept
    ) <= $10
    on conflict do nothing`,
}

const page: Statement = {
  name: 'saga-logs.page',
  text: `
    select (extract(epoch from at) * 1000)::float8 as at_ms,
      (extract(epoch from kept_at) * 1000000)::float8 as kept_us, digest::text, level, service, step,
      trace_id, message, error
    from saga_logs
    where saga_id = $1::uuid and (at, kept_at, digest) > (
      'epoch'::timestamptz + $2 * interval '1 us', 'epoch'::timestamptz + $3 * interval '1 us',
      $4::bigint)
    order by at, kept_at, digest limit $5`,
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
  /** When it was kept, in µs since the epoch: lines of the same time stay in their order. */
  readonly keptUs: number
  readonly digest: bigint
  readonly level: LogLineLevel
  readonly service: string
  readonly step: string | null
  readonly traceId: string | null
  readonly message: string
  readonly error: LogError | null
}

/** Among the lines of its saga. */
export type LogPlace = Pick<SagaLogLine, 'at' | 'keptUs' | 'digest'>

export type NewLogLine = Omit<SagaLogLine, 'keptUs'> & { readonly sagaId: SagaId }

/** What sagas these are; those that are not there are left out. */
export async function findLoggedSagas(
  tx: Tx,
  ids: readonly SagaId[],
): Promise<readonly KeptSaga[]> {
  const { rows } = await tx.query<KeptSaga & Row>(about, [ids])
  return rows
}

/** A line that is there already, or for which its saga has no more room, changes nothing. */
export async function insertSagaLogs(tx: Tx, lines: readonly NewLogLine[]): Promise<number> {
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

type PageRow = Omit<SagaLogLine, 'at' | 'keptUs' | 'digest' | 'traceId'> & {
  readonly at_ms: number
  readonly kept_us: number
  readonly digest: string
  readonly trace_id: string | null
}

/** Oldest first. */
export async function listSagaLogs(
  db: Db,
  asked: { readonly id: SagaId; readonly after: LogPlace; readonly limit: number },
): Promise<readonly SagaLogLine[]> {
  const { id, after, limit } = asked
  const values = [id, after.at.getTime() * 1_000, after.keptUs, String(after.digest), limit]
  const { rows } = await db.query<PageRow & Row>(page, values)
  return rows.map(({ at_ms: at, kept_us: keptUs, digest, trace_id: traceId, ...line }) => ({
    ...{ ...line, at: new Date(at), keptUs, digest: BigInt(digest), traceId },
  }))
}

/** Answers whether there may be more to cut. */
export async function cutSagaLogs(db: Db): Promise<boolean> {
  const { rowCount } = await db.query(cut, [keptMs, cutMax])
  return rowCount >= cutMax
}
