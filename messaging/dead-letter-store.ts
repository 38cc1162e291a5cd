// What operators do with dead letters: look, edit, replay, discard. Each verb is one statement or
// one transaction, and writes who did it and why. Called by REST and by the command line.
import type { Db, Row } from './db.ts'
import { type EditedLetter, editLetter, type LetterEdit } from './dead-letter-edit.ts'
import {
  type DeadLetter,
  type HeaderPairs,
  headersFromJson,
  headersToJson,
  type LetterState,
  toDeadLetter,
} from './dead-letters.ts'
import { messagingError } from './errors.ts'

/** Null leaves a criterion out. */
export type LetterFilter = {
  readonly topic: string | null
  readonly code: string | null
  readonly consumer: string | null
  readonly state: LetterState | null
  /** Seconds since it was parked, by the clock of the database. */
  readonly olderThanS: number | null
  readonly newerThanS: number | null
  readonly ids: readonly bigint[] | null
}

/** Ids after the one, up to the other; what is parked meanwhile is not of the same walk. */
export type LetterPlace = { readonly after: bigint; readonly upTo: bigint | null }

export type LetterSummary = Omit<DeadLetter, 'record'> & {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly key: Buffer | null
  /** As it would be sent. */
  readonly headers: Readonly<Record<string, Buffer>>
  /** Of the value as it would be sent; null when it has none. */
  readonly bytes: number | null
  readonly isEdited: boolean
}

export type LetterChange = {
  readonly at: Date
  readonly action: 'edited' | 'replayed' | 'discarded' | 'sent' | 'refused'
  readonly actor: string
  readonly reason: string
}

export type FoundLetter = {
  readonly letter: DeadLetter
  readonly edited: EditedLetter
  readonly changes: readonly LetterChange[]
}

/** Who does it, and why. */
export type ChangedBy = { readonly actor: string; readonly reason: string }

const summaryColumns = `id, consumer, topic, partition, record_offset, key, code, reason, state,
  is_sensitive, parked_at, coalesce(edited_headers, headers) as headers,
  octet_length(coalesce(edited_value, value)) as bytes,
  edited_value is not null or edited_headers is not null as is_edited`

const fits = `id > $1 and id <= coalesce($2, (select max(id) from dead_letters))
  and ($3::text is null or topic = $3) and ($4::text is null or code = $4)
  and ($5::text is null or consumer = $5) and ($6::text is null or state = $6)
  and ($7::float8 is null or parked_at <= clock_timestamp() - make_interval(secs => $7))
  and ($8::float8 is null or parked_at > clock_timestamp() - make_interval(secs => $8))
  and ($9::bigint[] is null or id = any($9::bigint[]))`

const listLettersSql = {
  name: 'list-dead-letters',
  text: `select ${summaryColumns} from dead_letters where ${fits} order by id limit $10`,
}

/** Oldest first, without the bytes. */
export async function listLetters(
  db: Db,
  page: { readonly filter: LetterFilter; readonly place: LetterPlace; readonly limit: number },
): Promise<readonly LetterSummary[]> {
  const { rows } = await db.query(listLettersSql, pageValues(page))
  return rows.map(toSummary)
}

type Page = Parameters<typeof listLetters>[1]

function pageValues({ filter, place, limit }: Page): readonly unknown[] {
  const { topic, code, consumer, state, olderThanS, newerThanS } = filter
  const upTo = place.upTo === null ? null : String(place.upTo)
  const where = [String(place.after), upTo, topic, code, consumer, state, olderThanS, newerThanS]
  return [...where, filter.ids?.map(String) ?? null, limit]
}

const newestLetterSql = {
  name: 'newest-dead-letter',
  text: 'select coalesce(max(id), 0) as id from dead_letters',
}

/** Where a walk that begins now ends. */
export async function newestLetter(db: Db): Promise<bigint> {
  const { rows } = await db.query(newestLetterSql)
  return BigInt(rows[0]?.['id'] as string)
}

const replayLettersSql = {
  name: 'replay-dead-letters',
  text: `
    with picked as (
      select id from dead_letters where ${fits} order by id limit $10 for update
    ), begun as (
      update dead_letters set state = 'replaying', replay_due_at = clock_timestamp()
      where id in (select id from picked) and state = 'parked' returning ${summaryColumns}
    ), noted as (
      insert into dead_letter_changes (letter_id, action, actor, reason)
      select id, 'replayed', $11, $12 from begun
    )
    select * from begun`,
}

/** Of the parked ones that fit: all of the page or none, whatever crashes. */
export async function replayLetters(
  db: Db,
  page: Page,
  { actor, reason }: ChangedBy,
): Promise<readonly LetterSummary[]> {
  const filter: LetterFilter = { ...page.filter, state: 'parked' }
  const values = [...pageValues({ ...page, filter }), actor, reason]
  const { rows } = await db.query(replayLettersSql, values)
  return rows.map(toSummary).sort((one, other) => (one.id < other.id ? -1 : 1))
}

const settleLetterSql = {
  name: 'settle-dead-letter',
  text: `
    with settled as (
      update dead_letters set state = $2::text,
        replay_due_at = case when $2::text = 'replaying' then clock_timestamp() end
      where id = $1 and state = 'parked' returning id
    )
    insert into dead_letter_changes (letter_id, action, actor, reason)
    select id, $3, $4, $5 from settled`,
}

/**
 * True when this made it so, false when it was so before: a repeat changes nothing.
 * @throws LETTER_NOT_FOUND, LETTER_SETTLED when it went the other way.
 */
export function replayLetter(db: Db, id: bigint, by: ChangedBy): Promise<boolean> {
  return settle(db, id, { by, state: 'replaying', verb: 'replayed' })
}

/** As `replayLetter`, for a letter that nobody will need. */
export function discardLetter(db: Db, id: bigint, by: ChangedBy): Promise<boolean> {
  return settle(db, id, { by, state: 'discarded', verb: 'discarded' })
}

type Settling = {
  readonly by: ChangedBy
  readonly state: 'replaying' | 'discarded'
  readonly verb: 'replayed' | 'discarded'
}

async function settle(db: Db, id: bigint, { by, state, verb }: Settling): Promise<boolean> {
  const values = [String(id), state, verb, by.actor, by.reason]
  const { rowCount } = await db.query(settleLetterSql, values)
  if (rowCount > 0) return true
  const { letter } = await findLetter(db, id)
  if (letter.state === state || letter.state === verb) return false
  throw messagingError('LETTER_SETTLED', { id, state: letter.state, verb })
}

const findLetterSql = { name: 'find-dead-letter', text: 'select * from dead_letters where id = $1' }

const findChangesSql = {
  name: 'find-dead-letter-changes',
  text: `select at, action, actor, reason from dead_letter_changes where letter_id = $1
    order by id limit $2`,
}

/** Of one letter, shown at once; the rest is in the table. */
const changesMax = 200

/** With every byte. @throws LETTER_NOT_FOUND */
export async function findLetter(db: Db, id: bigint): Promise<FoundLetter> {
  const { rows } = await db.query(findLetterSql, [String(id)])
  const [row] = rows
  if (row === undefined) throw messagingError('LETTER_NOT_FOUND', { id })
  const { rows: changes } = await db.query(findChangesSql, [String(id), changesMax])
  return { ...toFound(row), changes: changes as readonly LetterChange[] }
}

const lockLetterSql = {
  name: 'lock-dead-letter',
  text: 'select * from dead_letters where id = $1 for update',
}

const editLetterSql = {
  name: 'edit-dead-letter',
  text: `
    with edited as (
      update dead_letters set edited_value = $2, edited_headers = $3 where id = $1
    )
    insert into dead_letter_changes (letter_id, action, actor, reason, value, headers)
    values ($1, 'edited', $4, $5, $2, $3)`,
}

/**
 * Changes what a replay will send; the record stays beside it as it came.
 * @throws LETTER_NOT_FOUND, LETTER_SETTLED, LETTER_EDIT_INVALID
 */
export async function changeLetter(
  db: Db,
  id: bigint,
  edit: LetterEdit & ChangedBy,
): Promise<void> {
  await db.transaction(async (tx) => {
    const { rows } = await tx.query(lockLetterSql, [String(id)])
    const [row] = rows
    if (row === undefined) throw messagingError('LETTER_NOT_FOUND', { id })
    const { letter, edited } = toFound(row)
    if (letter.state !== 'parked') {
      throw messagingError('LETTER_SETTLED', { id, state: letter.state, verb: 'edited' })
    }
    const { value, headers } = editLetter(letter, edited, edit)
    const headersJson = headers && headersToJson(headers)
    await tx.query(editLetterSql, [String(id), value, headersJson, edit.actor, edit.reason])
  })
}

function toFound(row: Row): Omit<FoundLetter, 'changes'> {
  const headers = row['edited_headers'] as HeaderPairs | null
  return {
    letter: toDeadLetter(row),
    edited: {
      value: row['edited_value'] as Buffer | null,
      headers: headers && headersFromJson(headers),
    },
  }
}

function toSummary(row: Row): LetterSummary {
  const { record, ...letter } = toDeadLetter(row)
  const { topic, partition, offset, key, headers } = record
  const [bytes, isEdited] = [row['bytes'] as number | null, row['is_edited'] as boolean]
  return { ...letter, topic, partition, offset, key, headers, bytes, isEdited }
}
