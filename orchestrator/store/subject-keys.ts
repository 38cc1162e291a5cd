// Keys of persons: made at the first start about somebody, found by a keyed hash of who it is, and
// destroyed to erase all that was encrypted with them.
import type { Db, Row, Statement, Tx } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'

const find: Statement = {
  name: 'subject-keys.find',
  text: `
    select id from subject_keys where fingerprint = any($1::bytea[]) and wrapped is not null`,
}

const insert: Statement = {
  name: 'subject-keys.insert',
  text: `
    insert into subject_keys (id, fingerprint, wrapped) values ($1, $2, $3) on conflict do nothing`,
}

const load: Statement = {
  name: 'subject-keys.load',
  text: 'select id, wrapped from subject_keys where id = any($1::text[])',
}

const hold: Statement = {
  name: 'subject-keys.hold',
  text: `
    select id from subject_keys where id = any($1::text[]) and wrapped is not null
    order by id for share`,
}

const note: Statement = {
  name: 'subject-keys.note',
  text: `
    insert into saga_subjects (saga_id, key_id)
    select * from unnest($1::uuid[], $2::text[]) on conflict do nothing`,
}

const lock: Statement = {
  name: 'subject-keys.lock',
  text: `
    select id from subject_keys where id = any($1::text[]) and wrapped is not null
    order by id for update`,
}

/** Also those that somebody above them may take back. */
const needing: Statement = {
  name: 'subject-keys.needing',
  text: `
    with recursive above as (
      select saga_id as id, saga_id as next from saga_subjects where key_id = any($1::text[])
      union
      select above.id, sagas.parent_id from above join sagas on sagas.id = above.next
      where sagas.parent_id is not null
    )
    select above.id, bool_or(sagas.ended_at is null and sagas.id = above.id) as is_living
    from above join sagas on sagas.id = above.next
    group by above.id having bool_or(sagas.ended_at is null)
    order by above.id limit $2`,
}

const destroy: Statement = {
  name: 'subject-keys.destroy',
  text: `
    with gone as (
      update subject_keys set wrapped = null, erased_at = clock_timestamp()
      where id = any($1::text[]) returning id
    )
    select count(*)::int as sagas from saga_subjects where key_id in (select id from gone)`,
}

export type SubjectKeyRow = { readonly id: string; readonly wrapped: string | null }

/** Of one person, by the hashes under every key of encryption; usually one, or none. */
export async function findSubjectKeys(
  db: Pick<Db, 'query'>,
  fingerprints: readonly Buffer[],
): Promise<readonly string[]> {
  const { rows } = await db.query<{ readonly id: string }>(find, [fingerprints])
  return rows.map(({ id }) => id)
}

/** Of two at once one is made. */
export async function insertSubjectKey(
  db: Db,
  key: SubjectKeyRow & { readonly fingerprint: Buffer },
): Promise<void> {
  await db.query(insert, [key.id, key.fingerprint, key.wrapped])
}

export async function loadSubjectKeys(
  db: Pick<Db, 'query'>,
  ids: readonly string[],
): Promise<readonly SubjectKeyRow[]> {
  return (await db.query<SubjectKeyRow & Row>(load, [ids])).rows
}

/** Those that are there, which nobody destroys before the commit. */
export async function holdSubjectKeys(
  tx: Tx,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await tx.query<{ readonly id: string }>(hold, [ids])
  return new Set(rows.map(({ id }) => id))
}

/** Whose data a saga has. Not awaited by itself: the commit behind it waits for it. */
export function noteSubjects(
  tx: Tx,
  sagas: readonly { readonly id: SagaId; readonly subjectKey: string }[],
): void {
  void tx.query(note, [sagas.map(({ id }) => id), sagas.map(({ subjectKey }) => subjectKey)])
}

/** Waits for starts under way. Those that are there. */
export async function lockSubjectKeys(tx: Tx, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await tx.query<{ readonly id: string }>(lock, [ids])
  return rows.map(({ id }) => id)
}

export type NeedingSaga = { readonly id: SagaId; readonly isLiving: boolean }

/** Sagas that cannot do without: those that live, and those that a living one may take back. */
export async function findNeedingSagas(
  db: Pick<Db, 'query'>,
  keyIds: readonly string[],
  limit: number,
): Promise<readonly NeedingSaga[]> {
  type Found = { readonly id: SagaId; readonly is_living: boolean }
  const { rows } = await db.query<Found>(needing, [keyIds, limit])
  return rows.map(({ id, is_living: isLiving }) => ({ id, isLiving }))
}

/** Answers how many sagas have data that nobody can read from then on. */
export async function destroySubjectKeys(tx: Tx, ids: readonly string[]): Promise<number> {
  return (await tx.query<{ readonly sagas: number }>(destroy, [ids])).rows[0]?.sagas ?? 0
}
