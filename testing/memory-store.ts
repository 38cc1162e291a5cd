// The tables of the participant kit in memory, for a participant in virtual time: fence, outbox and
// dead letters, with transactions that go one after the other. It knows the kit's own statements;
// what handlers ask is answered by `onQuery`.
import type { Db, PoolUsage, Row, Rows, Statement, Tx } from '../messaging/db.ts'
import { testingError } from './errors.ts'

/** Answers what handlers ask in virtual time: the rows of their statement. */
export type OnQuery = (text: string, values: readonly unknown[]) => readonly Row[]

type Fence = Readonly<Record<string, unknown>>
type Lists = readonly (readonly unknown[])[]

type Tables = {
  fence: ReadonlyMap<string, Fence>
  outbox: readonly Row[]
  letters: number
}

/** What `pg` throws where a row is there already. */
class DuplicateKeyError extends Error {
  readonly code = '23505'
  readonly constraint = 'fence_pkey'
}

export class MemoryStore implements Db {
  readonly #onQuery: OnQuery
  #tables: Tables = { fence: new Map(), outbox: [], letters: 0 }
  #turn: Promise<unknown> = Promise.resolve()
  #lastId = 0
  /** Grows with each statement: whether anything is going on. */
  activity = 0

  constructor(onQuery: OnQuery = refuse) {
    this.#onQuery = onQuery
  }

  /** Records that were parked. */
  get deadLetters(): number {
    return this.#tables.letters
  }

  async query<R extends Row = Row>(
    sql: string | Statement,
    values: readonly unknown[] = [],
  ): Promise<Rows<R>> {
    return this.transaction((tx) => tx.query<R>(sql, values))
  }

  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const done = this.#turn.then(() => this.#run(work))
    this.#turn = done.catch(() => undefined)
    return done
  }

  async listen(): Promise<() => Promise<void>> {
    return async () => undefined
  }

  async problem(): Promise<string | null> {
    return null
  }

  usage(): PoolUsage {
    return { open: 1, idle: 1, waiting: 0 }
  }

  async stop(): Promise<void> {
    await this.#turn
  }

  async #run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const before = { ...this.#tables }
    const failures: unknown[] = []
    const query = async (sql: string | Statement, values: readonly unknown[] = []) => {
      this.activity += 1
      try {
        const rows = this.#execute(sql, values)
        return { rows, rowCount: rows.length }
      } catch (error) {
        failures.push(error)
        throw error
      }
    }
    try {
      const result = await work({ query } as unknown as Tx)
      if (failures.length > 0) throw failures[0]
      return result
    } catch (error) {
      this.#tables = before
      throw error
    }
  }

  #execute(sql: string | Statement, values: readonly unknown[]): readonly Row[] {
    const { name = '', text } = typeof sql === 'string' ? { text: sql } : sql
    switch (name) {
      case 'participant-lock-fences':
        return rowsOf(values as Lists, ([sagaId, step, visit]) => {
          const found = this.#tables.fence.get(keyOf(sagaId, step, visit))
          return found === undefined ? [] : [found]
        })
      case 'participant-insert-fences':
        return rowsOf(values as Lists, (columns) => this.#insertFence(columns))
      case 'participant-mark-undone':
        return rowsOf(values as Lists, (columns) => this.#markUndone(columns))
      case 'participant-serve-topics':
      case 'participant-delete-old-fences':
        return []
      case 'insert-dead-letters':
        this.#tables = { ...this.#tables, letters: this.#tables.letters + listLength(values) }
        return []
      default:
        return this.#executeOutbox(name, values) ?? this.#onQuery(text, values)
    }
  }

  #executeOutbox(name: string, values: readonly unknown[]): readonly Row[] | null {
    const { outbox } = this.#tables
    switch (name) {
      case 'probe-outbox':
        return [{ rows: outbox.length > 0, replays: false }]
      case 'lock-outbox':
        return [{ locked: true }]
      case 'select-outbox': {
        const [limit, leftOut] = values as [number, readonly string[]]
        return outbox.filter(({ id }) => !leftOut.includes(id as string)).slice(0, limit)
      }
      case 'delete-outbox': {
        const [ids] = values as [readonly string[]]
        const left = outbox.filter(({ id }) => !ids.includes(id as string))
        this.#tables = { ...this.#tables, outbox: left }
        return []
      }
      case 'insert-outbox':
        return rowsOf(values as Lists, (columns) => this.#insertOutbox(columns))
      default:
        return null
    }
  }

  #insertOutbox([topic, key, headers, value]: readonly unknown[]): readonly Row[] {
    this.#lastId += 1
    const row = { id: String(this.#lastId), topic, key, value, created_at: new Date(0) }
    const added = { ...row, headers: JSON.parse(headers as string) }
    this.#tables = { ...this.#tables, outbox: [...this.#tables.outbox, added] }
    return []
  }

  #insertFence(columns: readonly unknown[]): readonly Row[] {
    const [saga_id, step, visit, state, body_hash, undo_body_hash, reply, events] = columns
    const key = keyOf(saga_id, step, visit)
    if (this.#tables.fence.has(key)) throw new DuplicateKeyError(key)
    const answered = { reply: parsed(reply), events: parsed(events) }
    const undone = { undo_body_hash, undo_reply: null, undo_events: null }
    this.#put(key, { saga_id, state, body_hash, ...undone, ...answered })
    return []
  }

  #markUndone(columns: readonly unknown[]): readonly Row[] {
    const [sagaId, step, visit, undo_body_hash, reply, events] = columns
    const key = keyOf(sagaId, step, visit)
    const undone = { undo_body_hash, undo_reply: parsed(reply), undo_events: parsed(events) }
    this.#put(key, { ...this.#tables.fence.get(key), state: 'undone', ...undone })
    return []
  }

  #put(key: string, row: Fence): void {
    this.#tables = { ...this.#tables, fence: new Map([...this.#tables.fence, [key, row]]) }
  }
}

function rowsOf(
  lists: Lists,
  execute: (columns: readonly unknown[]) => readonly Row[],
): readonly Row[] {
  const length = listLength(lists)
  return Array.from({ length }, (_, at) => execute(lists.map((list) => list[at]))).flat()
}

const listLength = (lists: readonly unknown[]): number => (lists[0] as readonly unknown[]).length

const keyOf = (...parts: readonly unknown[]): string => parts.join('/')

const parsed = (text: unknown): unknown => (typeof text === 'string' ? JSON.parse(text) : null)

function refuse(text: string): never {
  throw testingError('WORLD_WITHOUT_DATABASE', { text: text.trim().slice(0, 200) })
}
