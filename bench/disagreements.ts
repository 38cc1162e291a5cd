// How many rows of the three databases disagree after a run: the same rule for every engine.
import { openDb } from '../messaging/db.ts'
import type { OrderSystem } from '../services/system/order-system.ts'

type Statuses = ReadonlyMap<string, string>

/** A saga, order or payment that is missing, left over, or ended otherwise than its saga. */
export async function countDisagreements(databases: OrderSystem['databases']): Promise<number> {
  const [sagas, orders, payments] = await Promise.all([
    statuses(databases.sagas, 'select id::text as id, status from sagas'),
    statuses(databases.orders, 'select saga_id::text as id, status from orders'),
    statuses(databases.payments, 'select saga_id::text as id, status from payments'),
  ])
  let disagreements = 0
  for (const id of new Set([...sagas.keys(), ...orders.keys(), ...payments.keys()])) {
    const found = `${sagas.get(id)} ${orders.get(id)} ${payments.get(id)}`
    const agrees =
      found === 'completed COMPLETED TAKEN' || found === 'compensated CANCELLED DECLINED'
    if (!agrees) disagreements += 1
  }
  return disagreements
}

async function statuses(url: string, text: string): Promise<Statuses> {
  const db = openDb({
    url,
    applicationName: 'bench',
    connectionsMax: 1,
    statementTimeoutMs: 120_000,
  })
  const { rows } = await db.query<{ id: string; status: string }>(text)
  await db.stop()
  return new Map(rows.map(({ id, status }) => [id, status]))
}
