// The table `outbox`: messages that are published if, and only if, a transaction commits, at least
// once. For changes that no command asked for; `outbox-relay.ts` publishes the rows.
import type { IncomingRecord } from './bus.ts'
import type { Row, Tx } from './db.ts'
import { encodeMessage } from './envelope.ts'
import type { Message } from './message.ts'

/** @throws MESSAGE_TOO_LARGE, MESSAGE_MALFORMED: before anything is written. */
export async function addToOutbox(tx: Tx, messages: readonly Message[]): Promise<void> {
  if (messages.length === 0) return
  const records = messages.map(encodeMessage)
  await tx.query(insertRows, [
    records.map(({ topic }) => topic),
    records.map(({ key }) => key),
    records.map(({ headers }) => JSON.stringify(headers)),
    records.map(({ value }) => value),
  ])
}

const insertRows = {
  name: 'insert-outbox',
  text: `insert into outbox (topic, key, headers, value)
    select topic, key, headers, value
    from unnest($1::text[], $2::text[], $3::json[], $4::text[])
      with ordinality as added (topic, key, headers, value, position)
    order by position`,
}

export type OutboxRow = {
  readonly id: string
  /** As a consumer would meet it; partition and offset mean nothing. */
  readonly record: IncomingRecord
}

export type OutboxProbe = {
  readonly hasRows: boolean
  /** Dead letters that a person wants sent again, and that nobody is sending. */
  readonly hasReplays: boolean
}

/** Whether there may be something to relay. Cheap, and takes no lock. */
export async function probeOutbox(on: Pick<Tx, 'query'>): Promise<OutboxProbe> {
  const { rows } = await on.query(probeRows)
  return { hasRows: rows[0]?.['rows'] === true, hasReplays: rows[0]?.['replays'] === true }
}

const probeRows = {
  name: 'probe-outbox',
  text: `select exists(select from outbox) as rows, exists(select from dead_letters
    where state = 'replaying' and replay_due_at <= clock_timestamp()) as replays`,
}

/** The oldest rows beside those left out. Only the holder of the relay's lock reads them. */
export async function readOutbox(
  tx: Tx,
  limit: number,
  leftOut: readonly string[] = [],
): Promise<readonly OutboxRow[]> {
  const { rows } = await tx.query(selectRows, [limit, leftOut])
  return rows.map(toOutboxRow)
}

const selectRows = {
  name: 'select-outbox',
  // Never "id above the last seen": ids become visible out of order, and rows would be skipped.
  text: `select id, topic, key, headers, value, created_at from outbox
    where id <> all($2::bigint[]) order by id limit $1`,
}

export async function deleteOutboxRows(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.query(deleteRows, [ids])
}

const deleteRows = {
  name: 'delete-outbox',
  text: 'delete from outbox where id = any($1::bigint[])',
}

/** True when this transaction relays; the lock goes with the transaction, also in a crash. */
export async function lockOutbox(tx: Tx): Promise<boolean> {
  const { rows } = await tx.query(tryLock, [relayLock])
  return rows[0]?.['locked'] === true
}

/** Chosen once; advisory locks are counted for each database apart. */
const relayLock = 72_401_135

const tryLock = { name: 'lock-outbox', text: 'select pg_try_advisory_xact_lock($1) as locked' }

function toOutboxRow(row: Row): OutboxRow {
  const headers = row['headers'] as Readonly<Record<string, string>>
  return {
    id: row['id'] as string,
    record: {
      topic: row['topic'] as string,
      partition: -1,
      offset: BigInt(row['id'] as string),
      key: Buffer.from(row['key'] as string),
      value: Buffer.from(row['value'] as string),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)]),
      ),
      timestamp: row['created_at'] as Date,
    },
  }
}
