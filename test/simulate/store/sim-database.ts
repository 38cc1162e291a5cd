// One simulated database: its tables, advisory locks, sequences, and who listens.
import { SimTable } from './sim-table.ts'
import { createTables, type SimTables } from './sim-tables.ts'
import type { Notice, SimTransaction } from './sim-transaction.ts'

/** A row of a table that is not the product's. */
export type OtherRow = { readonly key: string } & Readonly<Record<string, unknown>>

export type SimDatabase = {
  readonly name: string
  readonly tables: SimTables
  /** A table of the simulation's own statements, made when it is asked for first. */
  other(name: string): SimTable<OtherRow>
  readonly advisory: Map<string, SimTransaction>
  /** Those that wait for the end of another one. */
  readonly waiting: Set<SimTransaction>
  /** The last position of a semantic lock that was drawn. */
  lockPosition: number
  readonly listeners: Set<(notice: Notice) => void>
  tell(notice: Notice): void
}

export function createDatabase(name: string): SimDatabase {
  const others = new Map<string, SimTable<OtherRow>>()
  const listeners = new Set<(notice: Notice) => void>()
  return {
    name,
    tables: createTables(),
    other: (table) => {
      const known = others.get(table)
      if (known !== undefined) return known
      const made = new SimTable<OtherRow>({ name: table, keyOf: ({ key }) => key })
      others.set(table, made)
      return made
    },
    advisory: new Map(),
    waiting: new Set(),
    lockPosition: 0,
    listeners,
    tell: (notice) => {
      for (const hear of listeners) hear(notice)
    },
  }
}
