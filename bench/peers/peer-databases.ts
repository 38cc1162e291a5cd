// The two services' databases of a peer, on the Postgres that all engines share, and whether their
// rows agree: completed if and only if taken.
import type { LocalParts } from '../../local/local-parts.ts'
import { type Db, openDb } from '../../messaging/db.ts'

export type PeerDatabases = { readonly orders: string; readonly payments: string }

const tables = {
  orders: `create table orders (
    id text primary key, status text not null, created_at timestamptz not null default now(),
    updated_at timestamptz
  )`,
  payments: `create table payments (
    id text primary key, status text not null, created_at timestamptz not null default now()
  )`,
}

export async function createPeerDatabases(parts: LocalParts, name: string): Promise<PeerDatabases> {
  const create = async (table: keyof typeof tables) => {
    const url = await parts.createDatabase(`${name}_${table}`)
    await onDatabase(url, (db) => db.query(tables[table]))
    return url
  }
  return { orders: await create('orders'), payments: await create('payments') }
}

/** Orders without their payment, and the other way round, count as well. */
export async function countPeerDisagreements(databases: PeerDatabases): Promise<number> {
  const [orders, payments] = await Promise.all([
    statuses(databases.orders, 'orders'),
    statuses(databases.payments, 'payments'),
  ])
  let disagreements = 0
  for (const id of new Set([...orders.keys(), ...payments.keys()])) {
    const found = `${orders.get(id)} ${payments.get(id)}`
    if (found !== 'COMPLETED TAKEN' && found !== 'CANCELLED DECLINED') disagreements += 1
  }
  return disagreements
}

async function statuses(url: string, table: string): Promise<ReadonlyMap<string, string>> {
  const text = `select id::text as id, status from ${table}`
  const { rows } = await onDatabase(url, (db) => db.query<{ id: string; status: string }>(text))
  return new Map(rows.map(({ id, status }) => [id, status]))
}

export async function onDatabase<T>(url: string, work: (db: Db) => Promise<T>): Promise<T> {
  const options = { applicationName: 'bench', connectionsMax: 1, statementTimeoutMs: 60_000 }
  const db = openDb({ url, ...options })
  try {
    return await work(db)
  } finally {
    await db.stop()
  }
}
