// An open transaction: the rows and advisory locks that it holds, what it will tell at its commit,
// and who waits for its end. Sessions make and end them.
import type { SimDatabase } from './sim-database.ts'
import type { SimRow } from './sim-table.ts'

/** A row of any table: values pass through unseen. */
type AnyRow = SimRow<unknown>

export type Notice = { readonly channel: string; readonly payload: string }

export class SimTransaction {
  readonly database: SimDatabase
  /** Null when its client is dead. */
  readonly owner: () => string | null
  /** When the client fell silent in it, ms since the epoch; null while it is at work. */
  readonly silentSince: () => number | null
  /** Ends its connection, because the client was silent for too long. */
  readonly terminate: () => void
  readonly #rows: AnyRow[] = []
  readonly #advisory = new Set<string>()
  readonly #notices: Notice[] = []
  #waiters: (() => void)[] = []
  /** The one whose end it waits for. */
  waitsFor: SimTransaction | null = null
  isOver = false

  constructor(
    database: SimDatabase,
    session: Pick<SimTransaction, 'owner' | 'silentSince' | 'terminate'>,
  ) {
    this.database = database
    this.owner = session.owner
    this.silentSince = session.silentSince
    this.terminate = session.terminate
  }

  /** Whether it wrote or locked anything, so that its commit changes something for others. */
  get hasWork(): boolean {
    return this.#rows.length + this.#notices.length + this.#advisory.size > 0
  }

  /** The row must be free, or its own. */
  hold<V>(row: SimRow<V>): void {
    if (row.holder === this) return
    row.holder = this
    row.current = row.committed
    this.#rows.push(row as unknown as AnyRow)
  }

  /** The holder of an advisory lock, or null when it is this transaction's from now on. */
  takeAdvisory(key: string): SimTransaction | null {
    const { advisory } = this.database
    const holder = advisory.get(key)
    if (holder !== undefined && holder !== this) return holder
    advisory.set(key, this)
    this.#advisory.add(key)
    return null
  }

  notify(notice: Notice): void {
    const isTold = this.#notices.some(
      ({ channel, payload }) => channel === notice.channel && payload === notice.payload,
    )
    if (!isTold) this.#notices.push(notice)
  }

  /** `wake` is called once, at its end. */
  whenOver(wake: () => void): void {
    this.#waiters.push(wake)
  }

  commit(): void {
    for (const row of this.#rows) {
      row.committed = row.current
      release(row)
    }
    this.#end()
    for (const notice of this.#notices) this.database.tell(notice)
  }

  rollback(): void {
    for (const row of this.#rows) {
      row.current = row.committed
      release(row)
    }
    this.#end()
  }

  #end(): void {
    this.isOver = true
    for (const key of this.#advisory) this.database.advisory.delete(key)
    const waiters = this.#waiters
    this.#waiters = []
    for (const wake of waiters) wake()
  }
}

function release(row: AnyRow): void {
  row.holder = null
  row.writer = null
  if (row.committed === null) row.table.forget(row)
}

/** Whether somebody in the row of those who wait for each other waits for this one. */
export function closesCircle(waiting: SimTransaction, holder: SimTransaction): boolean {
  for (let next: SimTransaction | null = holder; next !== null; next = next.waitsFor) {
    if (next === waiting) return true
  }
  return false
}
