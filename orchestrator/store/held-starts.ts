// Starts over Kafka that wait until their saga may be started. The record is kept as it came.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Db, Row, Statement } from '../../messaging/db.ts'
import { jsonList } from './json-list.ts'
import { type RecordJson, recordFromJson, recordToJson } from './record-json.ts'

const hold: Statement = {
  name: 'held_starts.insert',
  text: `
    insert into held_starts (name, record)
    select * from unnest($1::text[], string_to_array($2, chr(31))::json[])`,
}

const find: Statement = {
  name: 'held_starts.find',
  text: `
    select id::text as id, record, held_at < clock_timestamp() - $2 * interval '1 ms' as is_overdue
    from held_starts
    where (name = any($1::text[]) or held_at < clock_timestamp() - $2 * interval '1 ms')
      and held_starts.id > $4::bigint
    order by held_starts.id limit $3`,
}

const release: Statement = {
  name: 'held_starts.delete',
  text: 'delete from held_starts where id = any($1::bigint[])',
}

export type StartToHold = { readonly name: string; readonly record: IncomingRecord }

export type HeldStart = {
  readonly id: string
  readonly record: IncomingRecord
  /** It has waited for longer than any start may. */
  readonly isOverdue: boolean
}

export async function holdStarts(db: Db, starts: readonly StartToHold[]): Promise<void> {
  await db.query(hold, [
    starts.map(({ name }) => name),
    jsonList(starts.map(({ record }) => recordToJson(record))),
  ])
}

/** Those of these names, and those of any name that are overdue; the oldest first, after an id. */
export async function findHeldStarts(
  db: Db,
  names: readonly string[],
  page: { readonly heldMsMax: number; readonly limit: number; readonly after: string },
): Promise<readonly HeldStart[]> {
  type HeldRow = Row & {
    readonly id: string
    readonly record: RecordJson
    readonly is_overdue: boolean
  }
  const { heldMsMax, limit, after } = page
  const { rows } = await db.query<HeldRow>(find, [names, heldMsMax, limit, after])
  return rows.map(({ id, record, is_overdue }) => ({
    id,
    record: recordFromJson(record),
    isOverdue: is_overdue,
  }))
}

export async function releaseStarts(db: Db, ids: readonly string[]): Promise<void> {
  await db.query(release, [ids])
}
