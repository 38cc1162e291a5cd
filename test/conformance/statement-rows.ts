// Random contents of all tables for the comparison of statements, written into real Postgres and
// into the simulated one, and read back in one form. Few different ids and names, so that
// statements hit rows; times are minutes apart, so that no clock decides.
import type { Tx } from '../../messaging/db.ts'
import type { SimDatabase } from '../simulate/store/sim-database.ts'
import type { SimTables } from '../simulate/store/sim-tables.ts'
import type { Random } from './random.ts'

export type Contents = { readonly [T in keyof SimTables]: readonly object[] }

const jsonColumns = new Set([
  ...['snapshot', 'event', 'state', 'facts', 'record', 'headers', 'reply', 'events'],
  ...['undo_reply', 'undo_events', 'items', 'attributes'],
])
const timeColumns = new Set([
  ...['wake_at', 'started_at', 'updated_at', 'ended_at', 'at', 'due_at', 'created_at', 'held_at'],
  ...['seen_at', 'since', 'undone_at', 'parked_at', 'recorded_at'],
])
const identities = ['held_events', 'held_starts', 'outbox', 'dead_letters'] as const

/** Ids that identity columns and the positions of locks begin after. */
const idsBefore = 100

export function randomContents(random: Random): Contents {
  const { sagaId, id, name, some, flip, time, json, bytes, count, text } = random
  const maybe = <T>(make: () => T): T | null => (flip() ? make() : null)
  const sagas = random.sagaIds
    .filter(() => flip())
    .map((sagaId) => ({
      ...{ id: sagaId, name: name(), version: count(2), definition_hash: some(['h1', 'h2']) },
      ...{ status: some(['running', 'completed', 'stuck']), revision: count(5), snapshot: json() },
      ...{
        business_key: maybe(text),
        wake_at: maybe(time),
        started_at: time(),
        updated_at: time(),
      },
      ...{ ended_at: maybe(time), correlation_id: maybe(text), parent_id: maybe(sagaId2) },
      attributes: maybe(json),
    }))
  function sagaId2(): string {
    return sagaId()
  }
  const history = random.sagaIds.flatMap((saga_id) =>
    [1, 2, 3, 4].filter(flip).map((seq) => ({
      ...{ saga_id, seq, at: time(), type: some(['replied', 'migrated']), status: 'running' },
      ...{ event: json(), state: json(), facts: `[${json()}]`, batch_id: maybe(id) },
    })),
  )
  const record = () =>
    JSON.stringify({
      ...{ topic: name(), partition: 0, offset: String(count(9)), timestamp: random.hour },
      ...{ key: null, value: 'YQ==', headers: [[name(), 'YQ==']] },
    })
  const timers = random.sagaIds.filter(flip).map((saga_id) => ({ saga_id, due_at: time() }))
  const publish_batches = random.ids.filter(flip).map((one) => ({
    ...{ id: one, saga_ids: random.sagaIds.filter(flip) },
    due_at: flip() ? time() : Number.POSITIVE_INFINITY,
  }))
  const keys = random.names.flatMap((one) => random.texts.map((key) => ({ name: one, key })))
  const idempotency_keys = keys
    .filter(flip)
    .map((key) => ({ ...key, body_hash: text(), saga_id: sagaId(), created_at: time() }))
  const numbered = <T>(make: () => T) =>
    random
      .range(8)
      .filter(flip)
      .map((at) => ({ id: at + 1, ...make() }))
  return {
    ...{ sagas, history, timers, publish_batches, idempotency_keys },
    held_events: numbered(() => ({
      ...{
        saga_id: sagaId(),
        event: json(),
        cause: maybe(text),
        held_at: time(),
        record: record(),
      },
    })),
    held_starts: numbered(() => ({ name: name(), record: record(), held_at: time() })),
    instances: random.ids
      .filter(flip)
      .map((one) => ({ id: one, definitions: random.texts.filter(flip), seen_at: time() })),
    locks: randomLocks(random),
    fence: random.sagaIds.filter(flip).flatMap((saga_id) =>
      ['s', 't'].filter(flip).map((step) => ({
        ...{ saga_id, step, visit: 1, state: some(['done', 'refused', 'undone', 'blocked']) },
        ...{ body_hash: maybe(bytes), undo_body_hash: maybe(bytes), reply: maybe(json) },
        ...{ events: maybe(json), undo_reply: maybe(json), undo_events: maybe(json) },
        ...{ created_at: time(), undone_at: maybe(time) },
      })),
    ),
    outbox: numbered(() => ({
      ...{
        topic: name(),
        key: text(),
        headers: JSON.stringify({ [name()]: text() }),
        value: text(),
        created_at: time(),
      },
    })),
    dead_letters: randomLetters(random),
    orders: random.sagaIds.filter(flip).map((saga_id) => ({
      ...{ saga_id, customer_id: text(), amount: 1 + count(9), items: json() },
      ...{ status: some(['PENDING', 'COMPLETED', 'CANCELLED']) },
      ...{ created_at: time(), updated_at: time() },
    })),
    payments: random.sagaIds.filter(flip).map((saga_id) => ({
      ...{ saga_id, customer_id: text(), amount: 1 + count(9) },
      ...{ status: some(['TAKEN', 'DECLINED', 'REFUNDED']) },
      ...{ created_at: time(), updated_at: time() },
    })),
  }
}

/** One position a saga, as the product writes them. */
function randomLocks({ sagaIds, texts, flip, time }: Random): readonly object[] {
  return sagaIds.flatMap((saga_id, at) =>
    texts.filter(flip).map((key) => ({ key, position: at + 1, saga_id, since: time() })),
  )
}

function randomLetters(random: Random): readonly object[] {
  const { flip, name, text, bytes, time, range } = random
  return range(4)
    .filter(flip)
    .map((at) => ({
      ...{ id: at + 1, consumer: 'c', topic: 't', partition: 0, record_offset: String(at) },
      ...{ recorded_at: random.hour, key: flip() ? bytes() : null, value: flip() ? bytes() : null },
      ...{
        headers: JSON.stringify([[name(), 'YQ==']]),
        code: name(),
        reason: text(),
        parked_at: time(),
      },
    }))
}

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
  await tx.query(`with ${inserts.join(', ')} select 1`, values)
  const sequences = identities.map((name) => `pg_get_serial_sequence('${name}', 'id')`)
  const all = [...sequences, `'lock_positions'`].map((one) => `setval(${one}, ${idsBefore})`)
  await tx.query(`select ${all.join(', ')}`)
}

function toRealRow(row: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    // A state of history is JSON, that of a fence a word.
    Object.entries(row).map(([column, value]) => [
      column,
      toRealValue('step' in row && column === 'state' ? '' : column, value),
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
  const { rows } = await tx.query<Record<string, readonly object[]>>(`select ${columns.join(', ')}`)
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
