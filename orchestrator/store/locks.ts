// The queues of semantic locks. All keys of a saga are queued in one transaction with one position,
// which is drawn while every other transaction that touches one of the keys waits: so no saga can
// hold a key and wait for one that waits for it. The lowest position of a key is its holder.
import type { Db, Row, Statement, Tx } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'

/** Sets this use of advisory locks apart from every other one in the database. */
const advisoryClass = 0x5a9a
/** Names share that many advisory locks, so that no batch can use up the lock table of Postgres. */
const advisorySlots = 1_024

/** In one order for everybody, whatever the names, so that two batches never wait in a circle. */
const serialize: Statement = {
  name: 'locks.serialize',
  text: `
    select pg_advisory_xact_lock(${advisoryClass}, slot) from (
      select distinct (hashtextextended(name, 0) & ${advisorySlots - 1})::int as slot
      from unnest($1::text[]) as asked(name) order by 1
    ) slots`,
}

const queue: Statement = {
  name: 'locks.queue',
  text: `
    with arriving as (
      select saga_id, nextval('lock_positions') as position from (
        select saga_id from unnest($1::uuid[]) with ordinality as asked(saga_id, place)
        where not exists (select 1 from locks where locks.saga_id = asked.saga_id)
        order by place
      ) ordered
    )
    insert into locks (key, position, saga_id)
    select asked.key, arriving.position, arriving.saga_id
    from unnest($2::uuid[], $3::text[]) as asked(saga_id, key)
    join arriving on arriving.saga_id = asked.saga_id`,
}

const release: Statement = {
  name: 'locks.release',
  text: `
    with released as (
      delete from locks where saga_id = any($1::uuid[]) returning key, position
    )
    select distinct head.saga_id
    from (select key, min(position) as position from released group by key) as gone
    cross join lateral (
      select saga_id, position from locks
      where locks.key = gone.key and saga_id <> all($1::uuid[])
      order by position limit 1
    ) head
    where gone.position < head.position`,
}

const holders: Statement = {
  name: 'locks.holders',
  text: `
    select saga_id from locks mine where saga_id = any($1::uuid[]) group by saga_id
    having bool_and(not exists (
      select 1 from locks ahead where ahead.key = mine.key and ahead.position < mine.position
    ))`,
}

const wake: Statement = {
  name: 'locks.wake',
  text: `
    insert into timers (saga_id, due_at)
    select saga_id, clock_timestamp() from unnest($1::uuid[]) as next(saga_id) order by saga_id
    on conflict (saga_id) do update set due_at = least(timers.due_at, excluded.due_at)`,
}

const shown = `select key, position::float8 as position, saga_id, since,
  not exists (
    select 1 from locks ahead where ahead.key = locks.key and ahead.position < locks.position
  ) as is_holder`

const list: Statement = {
  name: 'locks.list',
  text: `
    ${shown} from locks where (key, locks.position) > (coalesce($1, ''), coalesce($2::bigint, -1))
    order by key, locks.position limit $3`,
}

const listOne: Statement = {
  name: 'locks.list-one',
  text: `
    ${shown} from locks where key = $1 and locks.position > coalesce($2::bigint, -1)
    order by locks.position limit $3`,
}

/**
 * Until the end of the transaction no other one passes here with any of these names. To be called
 * before anything is read or written about them, and after the rows of sagas are locked.
 */
export async function serializeBy(tx: Tx, names: readonly string[]): Promise<void> {
  await tx.query(serialize, [names])
}

/** At the end of the queues of all their keys, in this order; those that are there stay there. */
export async function queueForLocks(
  tx: Tx,
  arriving: readonly { readonly id: SagaId; readonly locks: readonly string[] }[],
): Promise<void> {
  const wanted = arriving.flatMap(({ id, locks }) => locks.map((key) => ({ id, key })))
  await tx.query(queue, [
    arriving.map(({ id }) => id),
    wanted.map(({ id }) => id),
    wanted.map(({ key }) => key),
  ])
}

/** Leaves every queue; answers who came to the head of one by that. */
export async function releaseLocks(tx: Tx, ids: readonly SagaId[]): Promise<readonly SagaId[]> {
  const { rows } = await tx.query<{ readonly saga_id: SagaId }>(release, [ids])
  return rows.map((row) => row.saga_id)
}

/** Those of them that hold every key that they are queued for. */
export async function findHolders(tx: Tx, ids: readonly SagaId[]): Promise<readonly SagaId[]> {
  const { rows } = await tx.query<{ readonly saga_id: SagaId }>(holders, [ids])
  return rows.map((row) => row.saga_id)
}

/** Durable: whoever looks for due timers next finds them, whatever becomes of this process. */
export async function wakeSoon(tx: Tx, ids: readonly SagaId[]): Promise<void> {
  await tx.query(wake, [ids])
}

/** A saga in the queue of one key. */
export type LockView = {
  readonly key: string
  readonly sagaId: SagaId
  /** The order of arrival: it grows, with gaps. */
  readonly position: number
  readonly since: Date
  /** It holds the key; it runs when it holds all of its keys. */
  readonly isHolder: boolean
}

export type LockPlace = Pick<LockView, 'key' | 'position'>

export type LockFilter = {
  readonly key: string | null
  /** The last one of the page before. */
  readonly after: LockPlace | null
  readonly limit: number
}

/** By key, each queue in its order. */
export async function listLocks(db: Db, filter: LockFilter): Promise<readonly LockView[]> {
  type LockRow = Row & {
    readonly key: string
    readonly position: number
    readonly saga_id: SagaId
    readonly since: Date
    readonly is_holder: boolean
  }
  const { key, after, limit } = filter
  const values = [key ?? after?.key ?? null, after?.position ?? null, limit]
  const { rows } = await db.query<LockRow>(key === null ? list : listOne, values)
  return rows.map(({ saga_id, is_holder, ...row }) => ({
    ...row,
    sagaId: saga_id,
    isHolder: is_holder,
  }))
}
