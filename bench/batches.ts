// How large the batches of a load were, from what Postgres counted: each transaction that moves
// sagas inserts one row into `publish_batches`, and each command one into `fence`.
import type { Counts } from './costs.ts'

export type Batches = {
  /** Started during the load. */
  readonly sagas: number
  /** Events in a transaction of the orchestrator, commands in one of a service. */
  readonly batches: Readonly<Record<string, number>>
}

/** Of an engine whose databases have the tables of Sagaline. */
export function batchesOf(before: Counts, after: Counts): Batches {
  const inserted = (database: string, table: string) =>
    (after.databases[database]?.inserted[table] ?? 0) -
    (before.databases[database]?.inserted[table] ?? 0)
  const commits = (database: string) =>
    (after.databases[database]?.commits ?? 0) - (before.databases[database]?.commits ?? 0)
  return {
    sagas: inserted('sagas', 'sagas'),
    batches: {
      orchestrator: inserted('sagas', 'history') / inserted('sagas', 'publish_batches'),
      // With the polls of an idle service among the commits, a little less than they are.
      orders: inserted('orders', 'fence') / commits('orders'),
      payments: inserted('payments', 'fence') / commits('payments'),
    },
  }
}
