// The table `inbox`: which events a consumer has taken.
import type { Db, Statement, Tx } from '../../messaging/db.ts'
import type { ReceivedEvent } from './event-handler.ts'

/** Whose memory it is. */
export type Reading = { readonly consumer: string; readonly generation: number }

/** In one order, since a process that lost its partition may write the same rows. */
const insert: Statement = {
  name: 'inbox.insert',
  text: `
    insert into inbox (consumer, generation, source, event_id)
    select $1, $2, source, event_id from unnest($3::text[], $4::text[]) as given(source, event_id)
    order by source, event_id
    on conflict do nothing
    returning source, event_id`,
}

/** Answers those that were not taken before; of a repeat in the batch the first. */
export async function noteNew(
  tx: Tx,
  { consumer, generation }: Reading,
  events: readonly ReceivedEvent[],
): Promise<ReadonlySet<ReceivedEvent>> {
  if (events.length === 0) return new Set()
  const { rows } = await tx.query<{ readonly source: string; readonly event_id: string }>(insert, [
    ...[consumer, generation],
    events.map(({ source }) => source),
    events.map(({ id }) => id),
  ])
  const fresh = new Set(rows.map(({ source, event_id: id }) => keyOf({ source, id })))
  return new Set(events.filter((event) => fresh.delete(keyOf(event))))
}

function keyOf({ source, id }: { readonly source: string; readonly id: string }): string {
  return `${source}\n${id}`
}

const deleteOld: Statement = {
  name: 'inbox.delete-old',
  text: `
    delete from inbox where ctid = any(array(
      select ctid from inbox
      where consumer = $1 and taken_at < clock_timestamp() - $2::float8 * interval '1 ms' limit $3))`,
}

export type OldEvents = {
  readonly consumer: string
  readonly ageMs: number
  readonly rowsMax: number
}

export async function forgetOld(on: Pick<Db, 'query'>, old: OldEvents): Promise<number> {
  return (await on.query(deleteOld, [old.consumer, old.ageMs, old.rowsMax])).rowCount
}

const deleteGeneration: Statement = {
  name: 'inbox.delete-generation',
  text: `
    delete from inbox where ctid = any(array(
      select ctid from inbox where consumer = $1 and generation = $2 limit $3))`,
}

export async function forgetGeneration(
  on: Tx,
  { consumer, generation }: Reading,
  rowsMax: number,
): Promise<number> {
  return (await on.query(deleteGeneration, [consumer, generation, rowsMax])).rowCount
}
