// The table `dead_letters`: records that can never be handled, parked with every byte and the
// reason, so that they block nobody. Every consumer parks here; what operators do with them is in
// `dead-letter-store.ts`.
import type { IncomingRecord, RepeatedHeaders } from './bus.ts'
import type { Db, Row, Tx } from './db.ts'

export type Letter = {
  readonly record: IncomingRecord
  /** The consumer group that could not handle it. */
  readonly consumer: string
  /** Of the error, from the tables of errors. */
  readonly code: string
  readonly reason: string
  /** Its data may be sensitive and in clear, so that readers see its form only. */
  readonly isSensitive: boolean
}

/** replaying: a person wants it sent again, and the broker has not confirmed it yet. */
export const letterStates = ['parked', 'replaying', 'replayed', 'discarded'] as const

export type LetterState = (typeof letterStates)[number]

export type DeadLetter = Letter & {
  readonly id: bigint
  readonly parkedAt: Date
  readonly state: LetterState
}

/** Reasons may quote what a stranger wrote. */
const reasonCharactersMax = 2_000

/** The same record parked again by the same consumer changes nothing. */
export async function park(on: Db | Tx, letters: readonly Letter[]): Promise<void> {
  if (letters.length === 0) return
  const records = letters.map(({ record }) => record)
  await on.query(insertLetters, [
    letters.map(({ consumer }) => consumer),
    records.map(({ topic }) => topic),
    records.map(({ partition }) => partition),
    records.map(({ offset }) => String(offset)),
    records.map(({ timestamp }) => toStorableTime(timestamp)),
    records.map(({ key }) => key),
    records.map(({ value }) => value),
    records.map(({ headers, repeated }) => headersToJson(headers, repeated)),
    letters.map(({ code }) => code),
    letters.map(({ reason }) => toStorable(reason.slice(0, reasonCharactersMax))),
    letters.map(({ isSensitive }) => isSensitive),
  ])
}

const insertLetters = {
  name: 'insert-dead-letters',
  text: `insert into dead_letters
    (consumer, topic, partition, record_offset, recorded_at, key, value, headers, code, reason,
      is_sensitive)
    select * from unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::timestamptz[],
      $6::bytea[], $7::bytea[], $8::json[], $9::text[], $10::text[], $11::boolean[])
    on conflict (consumer, topic, partition, record_offset, recorded_at) do nothing`,
}

/** An array of pairs, since names may come in any order and twice, and values may be any bytes. */
export function headersToJson(
  headers: IncomingRecord['headers'],
  repeated: RepeatedHeaders = {},
): string {
  const pairs = Object.entries(headers).flatMap(([name, last]) =>
    (Object.hasOwn(repeated, name) ? (repeated[name] ?? []) : [last]).map((value) => [
      toStorable(name),
      value.toString('base64'),
    ]),
  )
  return JSON.stringify(pairs)
}

/** Postgres takes neither NUL nor half a surrogate pair in a text. */
export function toStorable(text: string): string {
  return Buffer.from(text).toString().replaceAll('\0', '\ufffd')
}

const [earliestMs, latestMs] = [
  Date.parse('0001-01-01T00:00:00.000Z'),
  Date.parse('9999-12-31T23:59:59.999Z'),
]

/** Anybody may write any time into a record; Postgres reads years of four digits only. */
function toStorableTime(time: Date): string {
  const ms = time.getTime()
  if (Number.isNaN(ms)) return new Date(0).toISOString()
  return new Date(Math.min(Math.max(ms, earliestMs), latestMs)).toISOString()
}

export function toDeadLetter(row: Row): DeadLetter {
  const pairs = row['headers'] as HeaderPairs
  return {
    id: BigInt(row['id'] as string),
    consumer: row['consumer'] as string,
    code: row['code'] as string,
    reason: row['reason'] as string,
    isSensitive: row['is_sensitive'] as boolean,
    state: row['state'] as LetterState,
    parkedAt: row['parked_at'] as Date,
    record: {
      topic: row['topic'] as string,
      partition: row['partition'] as number,
      offset: BigInt(row['record_offset'] as string),
      key: row['key'] as Buffer | null,
      value: row['value'] as Buffer | null,
      headers: headersFromJson(pairs),
      ...repeatedFromJson(pairs),
      timestamp: row['recorded_at'] as Date,
    },
  }
}

export type HeaderPairs = readonly (readonly [string, string])[]

export function headersFromJson(pairs: HeaderPairs): Record<string, Buffer> {
  return Object.fromEntries(pairs.map(([name, value]) => [name, Buffer.from(value, 'base64')]))
}

/** For a record that has them; nothing for any other. */
export function repeatedFromJson(pairs: HeaderPairs): { readonly repeated?: RepeatedHeaders } {
  const byName = new Map<string, Buffer[]>()
  for (const [name, value] of pairs) {
    byName.set(name, [...(byName.get(name) ?? []), Buffer.from(value, 'base64')])
  }
  const repeated = [...byName].filter(([, values]) => values.length > 1)
  return repeated.length === 0 ? {} : { repeated: Object.fromEntries(repeated) }
}
