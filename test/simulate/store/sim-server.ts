// A Postgres in memory for the statements of the product. It carries them out by their names, with
// transactions, row locks and time as the real one has them; the conformance suite of stores holds
// it to that. Not for SQL in general: a statement that it does not know ends the run.
import { type Db, dbOver, type Statement } from '../../../messaging/db.ts'
import { createDatabase, type SimDatabase } from './sim-database.ts'
import { shuttingDown } from './sim-errors.ts'
import { createListeners } from './sim-listeners.ts'
import { createPool, type SimPool } from './sim-pool.ts'
import type { SimServer, SimServerOptions } from './sim-seam.ts'
import type { SessionSettings } from './sim-session.ts'
import type { SimStatement } from './sim-statement.ts'
import { productStatements } from './statements.ts'

/** As `openDb` sets them. */
const limits = {
  lockTimeoutMs: 2_000,
  statementTimeoutMs: 5_000,
  idleInTransactionTimeoutMs: 10_000,
}

type Connected = { readonly owner: string; readonly pool: SimPool }

export function createSimServer(options: SimServerOptions): SimServer {
  const { clock, connectionsMax = 10, statements = {} } = options
  const step = options.step ?? (() => undefined)
  const databases = new Map<string, SimDatabase>()
  const connected = new Set<Connected>()
  const listeners = createListeners({ clock, step })
  const settings: Omit<SessionSettings, 'database'> = {
    ...limits,
    ...given(options),
    step,
    onBug: options.onBug ?? endProcess,
    now: () => clock.now().getTime(),
    wait: (ms, signal) => clock.wait(ms, signal),
    statement: findStatement(statements),
  }
  const databaseOf = (name: string): SimDatabase => {
    const known = databases.get(name) ?? createDatabase(name)
    databases.set(name, known)
    return known
  }
  return {
    database: databaseOf,
    connect: (name, owner): Db => {
      const database = databaseOf(name)
      const pool = createPool(owner, { ...settings, database, connectionsMax })
      connected.add({ owner, pool })
      return dbOver({ any: pool, byKey: pool }, (channel, onPayload) =>
        listeners.listen({ database, owner, channel, onPayload }),
      )
    },
    kill: (owner, how = {}) => {
      listeners.drop(owner)
      for (const one of connected) if (one.owner === owner) one.pool.kill(how)
    },
    restart: () => {
      listeners.interrupt()
      for (const { pool } of connected) pool.lose(shuttingDown)
    },
  }
}

function endProcess(error: Error): void {
  queueMicrotask(() => {
    throw error
  })
}

function given(options: SimServerOptions): Partial<typeof limits> {
  const names = Object.keys(limits) as (keyof typeof limits)[]
  return Object.fromEntries(
    names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  )
}

/** The only statement whose text varies: the look at all living sagas may take longer. */
const longer = /^set local statement_timeout = \d+$/

function findStatement(
  others: Readonly<Record<string, SimStatement>>,
): (sent: Statement) => SimStatement {
  const known = new Map(Object.entries({ ...productStatements, ...others }))
  return ({ name, text }) => {
    const found = known.get(name ?? text)
    if (found !== undefined) return found
    if (longer.test(text)) return () => ({ rows: [], rowCount: 0 })
    throw new Error(`the simulated store does not know the statement ${name ?? text}`)
  }
}
