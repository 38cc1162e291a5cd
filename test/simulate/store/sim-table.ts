// A table in memory. A row has one committed version, and at most one other one, that of the open
// transaction which holds its lock; so whoever reads needs no more than these two.
import type { SimTransaction } from './sim-transaction.ts'

export type SimRow<V> = {
  readonly table: SimTable<V>
  readonly key: string
  readonly group: string
  /** Null: not there. */
  committed: V | null
  /** As its holder sees it; without a holder as committed. Never changed in place. */
  current: V | null
  holder: SimTransaction | null
  /** The statement that wrote it last. */
  writer: object | null
}

type TableOptions<V> = {
  readonly name: string
  /** Of the unique constraint that rows are found by. */
  readonly keyOf: (value: V) => string
  readonly constraint?: string
  /** Rows that are often read together; it never changes while a row lives. */
  readonly groupOf?: (value: V) => string
}

export class SimTable<V> {
  readonly name: string
  readonly constraint: string
  readonly keyOf: (value: V) => string
  readonly rows = new Map<string, SimRow<V>>()
  readonly #groupOf: ((value: V) => string) | undefined
  readonly #groups = new Map<string, Set<SimRow<V>>>()
  #lastId = 0

  constructor({ name, keyOf, constraint, groupOf }: TableOptions<V>) {
    this.name = name
    this.constraint = constraint ?? `${name}_pkey`
    this.keyOf = keyOf
    this.#groupOf = groupOf
  }

  /** Of the identity column: never given back, as in Postgres. */
  nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }

  setLastId(id: number): void {
    this.#lastId = id
  }

  group(name: string): Iterable<SimRow<V>> {
    return this.#groups.get(name) ?? []
  }

  /** A place for a row that is not there yet. */
  place(value: V): SimRow<V> {
    const key = this.keyOf(value)
    const known = this.rows.get(key)
    if (known !== undefined) return known
    const group = this.#groupOf?.(value) ?? ''
    const state = { committed: null, current: null, holder: null, writer: null }
    const row: SimRow<V> = { table: this, key, group, ...state }
    this.rows.set(key, row)
    if (this.#groupOf !== undefined) {
      const members = this.#groups.get(group)
      if (members === undefined) this.#groups.set(group, new Set([row]))
      else members.add(row)
    }
    return row
  }

  forget(row: SimRow<V>): void {
    this.rows.delete(row.key)
    const members = this.#groups.get(row.group)
    members?.delete(row)
    if (members?.size === 0) this.#groups.delete(row.group)
  }

  /** What everybody sees, for checks from outside. */
  committed(): readonly V[] {
    return [...this.rows.values()].flatMap(({ committed }) =>
      committed === null ? [] : [committed],
    )
  }

  /** Replaces everything, as if it had been committed; only while no transaction is open. */
  load(values: readonly V[]): void {
    this.rows.clear()
    this.#groups.clear()
    for (const value of values) {
      const row = this.place(value)
      row.committed = value
      row.current = value
    }
  }
}
