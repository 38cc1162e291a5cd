// What statements are made of: reading, locking, inserting and changing rows under the rules of
// `read committed`. What may have to wait is a generator: it yields the transaction whose end it
// waits for, and looks again afterwards. What a statement reads it reads before its first wait.
import type { Row } from '../../../messaging/db.ts'
import { refusals, uniqueViolation } from './sim-errors.ts'
import type { SimRow, SimTable } from './sim-table.ts'
import type { SimTransaction } from './sim-transaction.ts'

export type Answer = { readonly rows: readonly Row[]; readonly rowCount: number }

/** Yields whom it waits for. */
export type Waiting<T> = Generator<SimTransaction, T, undefined>

/** One statement being carried out. */
export type Execution = {
  readonly tx: SimTransaction
  /** `clock_timestamp()`, in ms since the epoch. */
  readonly now: () => number
}

/** `values` are those that the product passes to `query`. */
export type SimStatement = (on: Execution, values: never) => Answer | Waiting<Answer>

export function answer(rows: readonly Row[]): Answer {
  return { rows, rowCount: rows.length }
}

export function changed(rowCount: number): Answer {
  return { rows: [], rowCount }
}

/** As this transaction sees it; null when it is not there. */
export function seen<V>({ tx }: Execution, row: SimRow<V>): V | null {
  return row.holder === tx ? row.current : row.committed
}

export function find<V>(on: Execution, table: SimTable<V>, key: string): V | null {
  const row = table.rows.get(key)
  return row === undefined ? null : seen(on, row)
}

/** A look at all rows: for tables that stay small, or statements that are rare. */
export function scan<V>(on: Execution, table: SimTable<V>, fits: (value: V) => boolean): V[] {
  const found: V[] = []
  for (const row of table.rows.values()) {
    const value = seen(on, row)
    if (value !== null && fits(value)) found.push(value)
  }
  return found
}

/** Free to be locked without a wait. */
export function isFree<V>({ tx }: Execution, row: SimRow<V>): boolean {
  return row.holder === null || row.holder === tx
}

/**
 * `for update`: the newest version once nobody else holds it; null when it is gone, or is not to be
 * seen yet.
 */
export function* lock<V>(on: Execution, table: SimTable<V>, key: string): Waiting<V | null> {
  for (;;) {
    const row = table.rows.get(key)
    const value = row === undefined ? null : seen(on, row)
    if (row === undefined || value === null) return null
    if (isFree(on, row)) {
      on.tx.hold(row)
      return value
    }
    yield row.holder as SimTransaction
  }
}

/** Of a row that the transaction holds. */
export function put<V>(on: Execution, table: SimTable<V>, value: V): void {
  const row = table.place(value)
  on.tx.hold(row)
  row.current = value
  row.writer = on
}

/** Of a row that the transaction holds. */
export function remove<V>({ tx }: Execution, table: SimTable<V>, key: string): void {
  const row = table.rows.get(key)
  if (row === undefined) return
  tx.hold(row)
  row.current = null
}

/** Locks and deletes; answers whether it was there. */
export function* lockAndRemove<V>(
  on: Execution,
  table: SimTable<V>,
  key: string,
): Waiting<boolean> {
  const value = yield* lock(on, table, key)
  if (value !== null) remove(on, table, key)
  return value !== null
}

/**
 * Waits until it is known whether the key is taken. A row that is only locked is there; one that
 * somebody inserts, changes or deletes is waited for.
 */
function* isTaken<V>(on: Execution, table: SimTable<V>, key: string): Waiting<boolean> {
  for (;;) {
    const row = table.rows.get(key)
    if (row === undefined) return false
    if (isFree(on, row)) return seen(on, row) !== null
    if (row.committed !== null && row.current === row.committed) return true
    yield row.holder as SimTransaction
  }
}

/** @throws 23505 when the key is taken. */
export function* insert<V>(on: Execution, table: SimTable<V>, value: V): Waiting<void> {
  if (yield* isTaken(on, table, table.keyOf(value))) throw uniqueViolation(table.constraint)
  put(on, table, value)
}

/** `on conflict do nothing`; answers whether it was inserted. */
export function* insertNew<V>(on: Execution, table: SimTable<V>, value: V): Waiting<boolean> {
  if (yield* isTaken(on, table, table.keyOf(value))) return false
  put(on, table, value)
  return true
}

/** `on conflict do update`, with what becomes of the newest version. */
export function* upsert<V>(
  on: Execution,
  table: SimTable<V>,
  { value, update }: { readonly value: V; readonly update: (known: V) => V },
): Waiting<void> {
  const key = table.keyOf(value)
  for (;;) {
    if (!(yield* isTaken(on, table, key))) return put(on, table, value)
    const known = yield* lock(on, table, key)
    if (known === null) continue
    if (table.rows.get(key)?.writer === on) throw refusals.twice()
    return put(on, table, update(known))
  }
}
