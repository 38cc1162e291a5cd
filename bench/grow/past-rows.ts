// Makes millions of sagas of the past out of a few real ones: each kind is run for real, kept in
// side tables, and copied by SQL under other ids, with its history, timer, row of the read model,
// fence rows, order and payment. The ids sort before those of every saga to come, as those of old
// sagas do.
import { type Db, openDb } from '../../messaging/db.ts'
import type { OrderSystem } from '../../services/system/order-system.ts'

/** ended: as they mostly are. sleeping: to start next week. waiting: for a reply, with a timer. */
export type PastKind = 'ended' | 'sleeping' | 'waiting'

export const pastKinds: readonly PastKind[] = ['ended', 'sleeping', 'waiting']

type Table = {
  readonly database: keyof OrderSystem['databases']
  readonly name: string
  /** The column with the saga's id. */
  readonly id: string
}

const tables: readonly Table[] = [
  { database: 'sagas', name: 'sagas', id: 'id' },
  { database: 'sagas', name: 'history', id: 'saga_id' },
  { database: 'sagas', name: 'timers', id: 'saga_id' },
  { database: 'sagas', name: 'saga_search', id: 'saga_id' },
  { database: 'orders', name: 'fence', id: 'saga_id' },
  { database: 'orders', name: 'orders', id: 'saga_id' },
  { database: 'payments', name: 'fence', id: 'saga_id' },
  { database: 'payments', name: 'payments', id: 'saga_id' },
]

const chunkSagas = 50_000
const statementLimitMs = 600_000
const hourMs = 3_600_000
const followedMsMax = 60_000
const followedPollMs = 100

/** How long before now the ids of each kind lie, so that none meets another. */
const agesMs: Readonly<Record<PastKind, number>> = {
  ended: 24 * hourMs,
  sleeping: 18 * hourMs,
  waiting: 12 * hourMs,
}

export class PastRows {
  readonly #dbs: Readonly<Record<Table['database'], Db>>
  readonly #beganAtMs = Date.now()
  readonly #made: Record<PastKind, number> = { ended: 0, sleeping: 0, waiting: 0 }

  constructor(databases: OrderSystem['databases']) {
    const open = (url: string) =>
      openDb({
        ...{ url, applicationName: 'bench', connectionsMax: 1 },
        statementTimeoutMs: statementLimitMs,
      })
    this.#dbs = {
      sagas: open(databases.sagas),
      orders: open(databases.orders),
      payments: open(databases.payments),
    }
  }

  get made(): Readonly<Record<PastKind, number>> {
    return this.#made
  }

  /** Keeps the rows of these sagas, as they are now, to make others of them. */
  async keep(kind: PastKind, ids: readonly string[]): Promise<void> {
    await this.#followed(ids)
    for (const { database, name, id } of tables) {
      const db = this.#dbs[database]
      await db.query(`create table past_${kind}_${name} as select * from ${name} limit 0`)
      const text = `insert into past_${kind}_${name} select * from ${name} where ${id} = any($1::uuid[])`
      await db.query(text, [ids])
      await db.query(`create unlogged table if not exists past_ids (old uuid, id uuid, n bigint)`)
    }
    await this.#dbs.sagas.query(`create table past_${kind} as
      select id, row_number() over (order by id) - 1 as at from past_${kind}_sagas`)
  }

  /** Until there are so many of the kind. */
  async make(kind: PastKind, wanted: number, report: (line: string) => void): Promise<void> {
    while (this.#made[kind] < wanted) {
      const count = Math.min(chunkSagas, wanted - this.#made[kind])
      await this.#drawIds(kind, count)
      await this.#copyAll(kind)
      this.#made[kind] += count
      report(
        `${this.#made[kind].toLocaleString('en-US')} of ${wanted.toLocaleString('en-US')} ${kind} sagas made`,
      )
    }
  }

  /** One of the made sagas, for a look at it over REST. */
  idOf(kind: PastKind): string {
    return idAt(this.#beganAtMs - agesMs[kind], 0)
  }

  /** Why made rows are not as the real ones: of another size or number for a saga. */
  async differences(kind: PastKind): Promise<readonly string[]> {
    const found: string[] = []
    for (const { database, name, id } of tables) {
      const db = this.#dbs[database]
      const [from, to] = [this.idOf(kind), idAt(this.#beganAtMs - agesMs[kind], this.#made[kind])]
      const sizes = `avg(pg_column_size(t.*))::float8 as size, count(*)::float8 as rows`
      const real = (await db.query(`select ${sizes} from past_${kind}_${name} t`)).rows[0]
      const text = `select ${sizes} from ${name} t where ${id} >= $1::uuid and ${id} < $2::uuid`
      const made = (await db.query(text, [from, to])).rows[0]
      const kept = (await this.#dbs.sagas.query(`select count(*)::int as n from past_${kind}`)).rows
      const [realEach, madeEach] = [
        Number(real?.['rows']) / Number(kept[0]?.['n']),
        Number(made?.['rows']) / this.#made[kind],
      ]
      const isAlike = alike(Number(real?.['size']), Number(made?.['size']), 0.02)
      if (!isAlike || !alike(realEach, madeEach, 0.05)) {
        found.push(`${database}.${name}: ${JSON.stringify(real)} against ${JSON.stringify(made)}`)
      }
    }
    return found
  }

  /** As the autovacuum of a system that lives for long has done. */
  async settle(): Promise<void> {
    for (const db of Object.values(this.#dbs)) await db.query('vacuum (analyze)')
    await this.#dbs.sagas.query('checkpoint')
  }

  async stop(): Promise<void> {
    await Promise.all(Object.values(this.#dbs).map((db) => db.stop()))
  }

  /** The read model comes a moment after the sagas. */
  async #followed(ids: readonly string[]): Promise<void> {
    const text = `
      select from sagas where id = any($1::uuid[]) and not exists (
        select from saga_search where saga_id = sagas.id and revision = sagas.revision)`
    const deadline = Date.now() + followedMsMax
    while ((await this.#dbs.sagas.query(text, [ids])).rowCount > 0) {
      if (Date.now() > deadline) throw new Error('the read model does not follow')
      await new Promise((resolve) => setTimeout(resolve, followedPollMs))
    }
  }

  async #drawIds(kind: PastKind, count: number): Promise<void> {
    const { rows } = await this.#dbs.sagas.query<{ id: string }>(
      `select id::text as id from past_${kind} order by at`,
    )
    const from = this.#made[kind]
    const text = `
      insert into past_ids (old, id, n)
      select ($1::uuid[])[1 + n % cardinality($1::uuid[])], (
        substr(lpad(to_hex($2::bigint + n), 12, '0'), 1, 8) || '-' ||
        substr(lpad(to_hex($2::bigint + n), 12, '0'), 9, 4) || '-7000-8000-' ||
        lpad(to_hex(n), 12, '0'))::uuid, n
      from generate_series($3::bigint, $4::bigint) as n`
    const values = [
      rows.map(({ id }) => id),
      this.#beganAtMs - agesMs[kind],
      from,
      from + count - 1,
    ]
    for (const db of Object.values(this.#dbs)) {
      await db.query('truncate past_ids')
      await db.query(text, values)
      await db.query('analyze past_ids')
    }
  }

  /** In the databases at once. */
  async #copyAll(kind: PastKind): Promise<void> {
    const byDatabase = Map.groupBy(tables, ({ database }) => database)
    const copied = [...byDatabase.values()].map(async (own) => {
      for (const table of own) await this.#copy(kind, table)
    })
    await Promise.all(copied)
  }

  async #copy(kind: PastKind, { database, name, id }: Table): Promise<void> {
    const db = this.#dbs[database]
    const { rows } = await db.query<{ column: string; type: string }>(
      `select column_name as column, data_type as type from information_schema.columns
       where table_name = $1 and table_schema = 'public' and is_generated = 'NEVER'
       order by ordinal_position`,
      [name],
    )
    const values = rows.map(({ column, type }) => {
      if (column === id) return 'ids.id'
      if (!/^(json|jsonb|text)$/.test(type)) return `t.${column}`
      return `replace(t.${column}::text, ids.old::text, ids.id::text)::${type}`
    })
    await db.query(`
      insert into ${name} (${rows.map(({ column }) => column).join(', ')})
      select ${values.join(', ')} from past_ids ids
      join past_${kind}_${name} t on t.${id} = ids.old order by ids.n`)
  }
}

function idAt(startMs: number, at: number): string {
  const time = (startMs + at).toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${at.toString(16).padStart(12, '0')}`
}

/** Both nothing, or within the part of each other. */
function alike(one: number, other: number, part: number): boolean {
  if (!one && !other) return true
  return Math.abs(one - other) <= part * Math.max(one, other)
}
