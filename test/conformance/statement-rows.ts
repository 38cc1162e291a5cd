// The contents of all tables for the comparison of statements: written into real Postgres and into
// the simulated one, and read back in one form.
import type { Tx } from '../../messaging/db.ts'
import type { SimDatabase } from '../simulate/store/sim-database.ts'
import type { SimTables } from '../simulate/store/sim-tables.ts'
import type { Contents } from './random-contents.ts'

const jsonColumns = new Set([
  ...['snapshot', 'event', 'state', 'facts', 'record', 'headers', 'reply', 'events'],
  ...['undo_reply', 'undo_events', 'items', 'attributes', 'edited_headers'],
])
const timeColumns = new Set([
  ...['wake_at', 'started_at', 'updated_at', 'ended_at', 'at', 'due_at', 'created_at', 'held_at'],
  ...['served_at', 'seen_at', 'since', 'undone_at', 'parked_at', 'recorded_at'],
  ...['replay_due_at'],
])
const identities = ['held_events', 'held_starts', 'outbox', 'dead_letters'] as const

/** Ids that identity columns and the positions of locks begin after. */
const idsBefore = 100

export function loadSimulated(database: SimDatabase, contents: Contents): void {
  for (const [name, rows] of Object.entries(contents)) {
    database.tables[name as keyof SimTables].load(rows as never)
  }
  for (const name of identities) database.tables[name].setLastId(idsBefore)
  database.lockPosition = idsBefore
}

export async function loadReal(tx: Tx, contents: Contents): Promise<void> {
  const names = Object.keys(contents)
  const inserts = names.map(
    (name, at) => `t${at} as (insert into ${name} overriding system value
      select * from json_populate_recordset(null::${name}, $${at + 1}::json))`,
  )
  const values = Object.values(contents).map((rows) => JSON.stringify(rows.map(toRealRow)))
  // Named, so that it is planned once.
  void tx.query({ name: 'load', text: `with ${inserts.join(', ')} select 1` }, values)
  const sequences = identities.map((name) => `pg_get_serial_sequence('${name}', 'id')`)
  const all = [...sequences, `'lock_positions'`].map((one) => `setval(${one}, ${idsBefore})`)
  await tx.query({ name: 'sequences', text: `select ${all.join(', ')}` })
}

function toRealRow(row: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    // A state of history is JSON, that of a fence and of a dead letter a word.
    Object.entries(row).map(([column, value]) => [
      column,
      toRealValue(column === 'state' && !('event' in row) ? '' : column, value),
    ]),
  )
}

function toRealValue(column: string, value: unknown): unknown {
  if (value === null) return null
  if (jsonColumns.has(column)) return JSON.parse(value as string)
  if (value === Number.POSITIVE_INFINITY) return 'infinity'
  if (timeColumns.has(column)) return new Date(value as number).toISOString()
  return Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value
}

/** All tables in one form: times in ms, bytes in hex, ids as numbers, rows sorted. */
export type Dump = Readonly<Record<string, readonly object[]>>

export function dumpSimulated(database: SimDatabase): Dump {
  const names = Object.keys(database.tables) as (keyof SimTables)[]
  return Object.fromEntries(
    names.map((name) => {
      const rows = database.tables[name].committed().map((row) => toRealRow(row))
      return [name, rows.map(toDumped).toSorted(byText)]
    }),
  )
}

export async function dumpReal(tx: Tx, names: readonly string[]): Promise<Dump> {
  const columns = names.map(
    (name) => `(select coalesce(json_agg(t), '[]') from ${name} t) as ${name}`,
  )
  const dump = { name: 'dump', text: `select ${columns.join(', ')}` }
  const { rows } = await tx.query<Record<string, readonly object[]>>(dump)
  const dumped = Object.entries(rows[0] ?? {})
  return Object.fromEntries(
    dumped.map(([name, found]) => [name, found.map(toDumped).toSorted(byText)]),
  )
}

function toDumped(row: object): object {
  return Object.fromEntries(
    Object.entries(row)
      .map(([column, value]): [string, unknown] => {
        if (value === 'infinity') return [column, Number.POSITIVE_INFINITY]
        if (column === 'record_offset') return [column, Number(value)]
        const isTime = timeColumns.has(column) && value !== null
        return [column, isTime ? Date.parse(value as string) : value]
      })
      .toSorted(),
  )
}

/** By what no clock has written: keys and texts. */
const byText = (one: object, other: object): number => (keyText(one) < keyText(other) ? -1 : 1)

function keyText(row: object): string {
  const plain = Object.entries(row).filter(([column]) => !timeColumns.has(column))
  return stableText(plain)
}

/** `jsonb` does not keep the order in which names were written. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).toSorted())
  })
}
