// Rows that belong to no living saga, or have waited for too long: tables that are small while
// all is well, each looked at by one statement, so that it is one moment for all of its rows.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import { type Breach, type BreachName, breach } from './breaches.ts'
import type { ServiceDb } from './receipt-rows.ts'

export type LooseWith = {
  /** How late messages may be. */
  readonly graceMs: number
  /** How long something may be held for an instance that can take it. */
  readonly heldMsMax: number
  /** Looks at idempotency keys as well, which only go with the history of their sagas. */
  readonly isFull: boolean
}

/** Rows of one kind that are listed; the message of the last one says that there are more. */
const rowsMax = 10_000

const stray = (table: string): Statement => ({
  name: `audit.stray-${table}`,
  text: `
    select ${table}.saga_id::text as saga_id,
      case when sagas.id is null then 'there is no such saga' else 'it is ' || status end as subject
    from ${table} left join sagas on sagas.id = saga_id
    where sagas.id is null or ended_at is not null limit $1`,
})

/** As old as what it published, by the clock of Postgres; else as its id, which has its time. */
const oldBatches: Statement = {
  name: 'audit.old-batches',
  text: `
    with batches as (
      select id, due_at, cardinality(saga_ids) as sagas, coalesce(
        (select at from history where saga_id = saga_ids[1] and batch_id = publish_batches.id
          order by seq desc limit 1),
        to_timestamp(('x' || lpad(left(replace(id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint
          / 1000.0)
      ) as made_at
      from publish_batches
    )
    select null as saga_id, 'batch ' || id || ' of ' || sagas || ' sagas, made at ' || made_at
      || case when due_at = 'infinity' then ', its events set aside' else '' end as subject
    from batches where made_at <= clock_timestamp() - $2 * interval '1 ms'
    order by id limit $1`,
}

const oldRows = (table: string, at: string, subject: string): Statement => ({
  name: `audit.old-${table}`,
  text: `
    select ${table === 'held_events' ? 'saga_id::text' : 'null'} as saga_id,
      ${subject} || ', since ' || ${at} as subject
    from ${table} where ${at} <= clock_timestamp() - $2 * interval '1 ms'
    order by ${table}.id limit $1`,
})

const oldOutbox = oldRows('outbox', 'created_at', `'record ' || id || ' for ' || topic`)
const oldEvents = oldRows('held_events', 'held_at', `'held event ' || id`)
const oldStarts = oldRows('held_starts', 'held_at', `'held start ' || id || ' of ' || name`)

const strayKeys: Statement = {
  name: 'audit.stray-keys',
  text: `
    select saga_id::text as saga_id, 'a key of ' || name as subject
    from idempotency_keys keys
    where not exists (select 1 from sagas where sagas.id = keys.saga_id)
      and not exists (
        select 1 from history_parts
        where dropping_at is not null and saga_id >= low and saga_id < high)
    limit $1`,
}

const deadLetters: Statement = {
  name: 'audit.dead-letters',
  text: `select count(*)::int as count from dead_letters where state in ('parked', 'replaying')`,
}

type LooseRow = Row & { readonly saga_id: string | null; readonly subject: string }

export async function findLooseRows(db: Db, given: LooseWith): Promise<readonly Breach[]> {
  const { graceMs, heldMsMax, isFull } = given
  const found = [
    await look(db, stray('timers'), { name: 'timer.stray' }),
    await look(db, stray('locks'), { name: 'lock.stray' }),
    await look(db, oldBatches, { name: 'publish-batch.old', ageMs: graceMs }),
    await look(db, oldOutbox, { name: 'outbox.old', ageMs: graceMs, of: 'orchestrator' }),
    await look(db, oldEvents, { name: 'held-event.old', ageMs: heldMsMax }),
    await look(db, oldStarts, { name: 'held-start.old', ageMs: heldMsMax }),
  ]
  if (isFull) found.push(await look(db, strayKeys, { name: 'key.without-saga' }))
  return found.flat()
}

export function findLooseServiceRows(
  { name: of, db }: ServiceDb,
  { graceMs }: LooseWith,
): Promise<readonly Breach[]> {
  return look(db, oldOutbox, { name: 'outbox.old', ageMs: graceMs, of })
}

/** They wait for a person, so they are counted, and no breach. */
export async function countDeadLetters(db: Db): Promise<number> {
  return (await db.query<{ readonly count: number }>(deadLetters)).rows[0]?.count ?? 0
}

type Look = { readonly name: BreachName; readonly ageMs?: number; readonly of?: string }

async function look(db: Db, statement: Statement, asked: Look): Promise<readonly Breach[]> {
  const { name, ageMs, of } = asked
  const values = ageMs === undefined ? [rowsMax] : [rowsMax, ageMs]
  const { rows } = await db.query<LooseRow>(statement, values)
  const found = rows.map(({ saga_id, subject }) =>
    breach(name, saga_id, of === undefined ? subject : `${of}: ${subject}`),
  )
  if (rows.length < rowsMax) return found
  return [...found, breach(name, null, `there are more than ${rowsMax} such rows`)]
}
