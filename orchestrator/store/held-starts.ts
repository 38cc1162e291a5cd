// Starts over Kafka that wait until their saga may be started. The record is kept as it came.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Db, Row, Statement } from '../../messaging/db.ts'
import { jsonList } from './json-list.ts'

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
    where name = any($1::text[]) or held_at < clock_timestamp() - $2 * interval '1 ms'
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

/** Bytes in base64, the time in ms since the epoch. */
type StoredRecord = {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string])[]
  readonly timestamp: number
}

export async function holdStarts(db: Db, starts: readonly StartToHold[]): Promise<void> {
  await db.query(hold, [
    starts.map(({ name }) => name),
    jsonList(starts.map(({ record }) => toStored(record))),
  ])
}

/** Those of these names, and those of any name that are overdue; the oldest first. */
export async function findHeldStarts(
  db: Db,
  names: readonly string[],
  options: { readonly heldMsMax: number; readonly limit: number },
): Promise<readonly HeldStart[]> {
  type HeldRow = Row & {
    readonly id: string
    readonly record: StoredRecord
    readonly is_overdue: boolean
  }
  const { rows } = await db.query<HeldRow>(find, [names, options.heldMsMax, options.limit])
  return rows.map(({ id, record, is_overdue }) => ({
    id,
    record: toRecord(record),
    isOverdue: is_overdue,
  }))
}

export async function releaseStarts(db: Db, ids: readonly string[]): Promise<void> {
  await db.query(release, [ids])
}

function toStored({ key, value, headers, ...record }: IncomingRecord): StoredRecord {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: String(record.offset),
    key: key?.toString('base64') ?? null,
    value: value?.toString('base64') ?? null,
    headers: Object.entries(headers).map(([name, bytes]) => [name, bytes.toString('base64')]),
    timestamp: record.timestamp.getTime(),
  }
}

function toRecord({ key, value, headers, ...stored }: StoredRecord): IncomingRecord {
  const bytes = (text: string) => Buffer.from(text, 'base64')
  return {
    topic: stored.topic,
    partition: stored.partition,
    offset: BigInt(stored.offset),
    key: key === null ? null : bytes(key),
    value: value === null ? null : bytes(value),
    headers: Object.fromEntries(headers.map(([name, text]) => [name, bytes(text)])),
    timestamp: new Date(stored.timestamp),
  }
}
