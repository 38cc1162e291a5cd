// The sagas of one version that have not ended, by pages in the order of their ids. There is no
// index for it, which every saga would have to pay for: a page looks at a limited number of rows.
import type { Db, Row, Statement } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { RowCipher } from './row-cipher.ts'
import type { SagaRow, StoredSaga } from './saga-rows.ts'

const page: Statement = {
  name: 'sagas.living-page',
  text: `
    with scanned as (
      select id, name, version, ended_at from sagas
      where id > $3::uuid order by id limit $5
    ), found as (
      select id from scanned where name = $1 and version = $2 and ended_at is null
      order by id limit $4
    )
    select array(select id::text from found order by id) as found,
      (select id::text from scanned order by id desc limit 1) as last,
      (select count(*)::int from scanned) as scanned`,
}

const read: Statement = {
  name: 'sagas.living-read',
  text: `
    select id, name, version, definition_hash, status, revision, snapshot, business_key,
      (extract(epoch from started_at) * 1000)::float8 as started_at_ms,
      (extract(epoch from wake_at) * 1000)::float8 as wake_at_ms
    from sagas where id = any($1::uuid[]) and ended_at is null order by id`,
}

/** Rows that one page looks at; it may find fewer sagas than asked for, or none, and go on. */
const scannedRowsMax = 10_000

/** No saga has this id, and all come after it. */
const beforeAll = '00000000-0000-0000-0000-000000000000'

export type LivingFilter = {
  readonly name: string
  readonly version: number
  /** Sagas after this one. */
  readonly after: SagaId | null
  readonly limit: number
}

export type LivingPage = {
  readonly sagas: readonly StoredSaga[]
  /** Where the next page goes on, or null when all were looked at. */
  readonly next: SagaId | null
}

export async function findLivingSagas(
  db: Db,
  cipher: RowCipher,
  filter: LivingFilter,
): Promise<LivingPage> {
  const { name, version, after, limit } = filter
  const { rows } = await db.query<{
    readonly found: readonly SagaId[]
    readonly last: SagaId | null
    readonly scanned: number
  }>(page, [name, version, after ?? beforeAll, limit, scannedRowsMax])
  const { found = [], last = null, scanned = 0 } = rows[0] ?? {}
  const isCut = scanned === scannedRowsMax
  const next = found.length === limit ? (found.at(-1) ?? null) : isCut ? last : null
  if (found.length === 0) return { sagas: [], next }
  const sagas = await db.query<SagaRow & Row>(read, [found])
  await cipher.load(db, sagas.rows)
  return { sagas: sagas.rows.map(cipher.read), next }
}
