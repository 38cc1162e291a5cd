// Reads what a service keeps about what it did: its fence, and which topics it takes commands
// from. The table is the participant kit's; no other table of a service is known here.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { Receipt, ReceiptState } from './audited.ts'

/** A database of services, under the name that it was given. */
export type ServiceDb = { readonly name: string; readonly db: Db }

/** Sagas after one id up to another one, or just these. */
export type ReceiptPlace =
  | { readonly after: string; readonly last: string }
  | { readonly ids: readonly string[] }

/** What is still asked for outside of a database says nothing yet. */
const fencesWhere = (name: string, where: string): Statement => ({
  name: `audit.fences-${name}`,
  text: `
    select saga_id, step, visit, state, body_hash is not null as has_do,
      greatest(created_at, undone_at) < clock_timestamp() - $1 * interval '1 ms' as is_settled
    from fence where state <> 'asked' and ${where}`,
})

const fencesBetween = fencesWhere('between', 'saga_id > $2::uuid and saga_id <= $3::uuid')
const fencesOf = fencesWhere('of', 'saga_id = any($2::uuid[])')

const changed: Statement = {
  name: 'audit.fences-changed',
  text: `
    select distinct saga_id from fence
    where created_at >= to_timestamp($1::float8 / 1000) or undone_at >= to_timestamp($1::float8 / 1000)`,
}

const topics: Statement = {
  name: 'audit.served-topics',
  text: 'select topic from served_topics',
}

/** After this time a late answer has reached its saga, or is a matter for a person. */
const settledMs = 600_000

type FenceRow = Row & {
  readonly saga_id: string
  readonly step: string
  readonly visit: number
  readonly state: ReceiptState
  readonly has_do: boolean
  readonly is_settled: boolean
}

export async function readReceipts(
  { name, db }: ServiceDb,
  place: ReceiptPlace,
): Promise<readonly Receipt[]> {
  const asked = 'ids' in place ? [place.ids] : [place.after, place.last]
  const statement = 'ids' in place ? fencesOf : fencesBetween
  const { rows } = await db.query<FenceRow>(statement, [settledMs, ...asked])
  return rows.map(({ saga_id: sagaId, step, visit, state, has_do, is_settled }) => {
    return { service: name, sagaId, step, visit, state, hasDo: has_do, isSettled: is_settled }
  })
}

/** Sagas for which something was done or undone since then, ms since the epoch. */
export async function readTouchedSagas(
  { db }: ServiceDb,
  since: number,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ readonly saga_id: string }>(changed, [since])
  return rows.map((row) => row.saga_id)
}

export async function readServedTopics({ db }: ServiceDb): Promise<readonly string[]> {
  const { rows } = await db.query<{ readonly topic: string }>(topics)
  return rows.map(({ topic }) => topic)
}
