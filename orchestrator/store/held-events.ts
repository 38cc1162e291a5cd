// Events that wait for an instance which has their saga's definition, and the keys where it needs
// some.
import type { IncomingRecord } from '../../messaging/bus.ts'
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { MessageId, SagaId } from '../../messaging/message.ts'
import type { SagaEvent } from '../engine/event.ts'
import { jsonList } from './json-list.ts'
import { type RecordJson, recordFromJson, recordToJson } from './record-json.ts'
import type { RowCipher } from './row-cipher.ts'

export type EventToHold = {
  readonly sagaId: SagaId
  readonly event: SagaEvent
  readonly cause: MessageId | null
  /** What brought it. */
  readonly record: IncomingRecord
}

/** What was held by an older release has no record. */
export type HeldEvent = Omit<EventToHold, 'record'> & {
  readonly id: string
  readonly record: IncomingRecord | null
}

const hold: Statement = {
  name: 'held_events.insert',
  text: `
    insert into held_events (saga_id, event, cause, record)
    select * from unnest($1::uuid[], string_to_array($2, chr(31))::json[], $3::text[],
      string_to_array($4, chr(31))::json[])`,
}

const find: Statement = {
  name: 'held_events.find',
  text: `
    select held.id::text as id, held.saga_id, held.event, held.cause, held.record
    from held_events held
    cross join lateral (
      select 1 from sagas
      where sagas.id = held.saga_id
        and name || '@' || version || '#' || definition_hash = any($1::text[])
    ) known
    where held.id > $3::bigint
    order by held.id limit $2`,
}

const release: Statement = {
  name: 'held_events.delete',
  text: 'delete from held_events where id = any($1::bigint[])',
}

const placeOf = (sagaId: SagaId): string => `held_events/${sagaId}`

export async function holdEvents(
  db: Db,
  rows: RowCipher,
  events: readonly EventToHold[],
): Promise<void> {
  await db.query(hold, [
    events.map(({ sagaId }) => sagaId),
    jsonList(events.map(({ sagaId, event }) => rows.hide(placeOf(sagaId), event))),
    events.map(({ cause }) => cause),
    jsonList(events.map(({ record }) => recordToJson(record))),
  ])
}

export type HeldPage = {
  readonly events: readonly HeldEvent[]
  /** Encrypted with a key that is not here: they stay where they are. */
  readonly unreadable: number
  /** The id to go on after; null when this was the last page. */
  readonly next: string | null
}

/** Those whose saga has one of these definitions, `name@version#hash`; the oldest first. */
export async function findHeldEvents(
  db: Db,
  rows: RowCipher,
  page: { readonly definitions: readonly string[]; readonly limit: number; readonly after: string },
): Promise<HeldPage> {
  type HeldRow = Row &
    Pick<HeldEvent, 'id' | 'event' | 'cause'> & {
      readonly saga_id: SagaId
      readonly record: RecordJson | null
    }
  const { definitions, limit, after } = page
  const found = await db.query<HeldRow>(find, [definitions, limit, after])
  const events = found.rows.flatMap(({ id, saga_id: sagaId, event: kept, cause, record }) => {
    const event = rows.reveal(placeOf(sagaId), kept)
    if (event === null) return []
    const brought = { cause, record: record === null ? null : recordFromJson(record) }
    return [{ id, sagaId, event: event.value as SagaEvent, ...brought }]
  })
  const last = found.rows.length < limit ? null : found.rows.at(-1)
  return { events, unreadable: found.rows.length - events.length, next: last?.id ?? null }
}

export async function releaseEvents(db: Db, ids: readonly string[]): Promise<void> {
  await db.query(release, [ids])
}
