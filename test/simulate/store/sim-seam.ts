// The seam between the simulated Postgres and the simulation that runs it: where time may pass,
// what may go wrong there, and what the server can be asked from outside.
import type { Clock } from '../../../messaging/clock.ts'
import type { Db } from '../../../messaging/db.ts'
import type { SimDatabase } from './sim-database.ts'
import type { SimStatement } from './sim-statement.ts'

/** A moment that takes time with a real server. */
export type SimStep = {
  /** Who waits; null when nobody does, and the server works off what a dead client had sent. */
  readonly owner: string | null
  readonly database: string
  /**
   * connect: a new connection; statement: on its way, nothing has happened; lock: its wait for a
   * lock is over; commit: COMMIT on its way; answer: what was written is committed, and only the
   * answer is on its way; notify: a notification on its way to a listener.
   */
  readonly kind: 'connect' | 'statement' | 'lock' | 'commit' | 'answer' | 'notify'
  /** Of the statement, or the channel; `commit`, `rollback` or `connect` otherwise. */
  readonly name: string
}

export type SimServerOptions = {
  /** Of the server: `clock_timestamp()`, and the limits of waits. */
  readonly clock: Pick<Clock, 'now' | 'wait'>
  /**
   * Awaited wherever a real server takes time; undefined goes on at once. What it throws happens
   * there: `statementError` fails the statement, anything else (see `lostConnection`) costs the
   * connection: before `commit` nothing was committed, at `answer` everything was.
   */
  readonly step?: (at: SimStep) => Promise<void> | undefined
  /**
   * Told of statements that the store does not know, and of bugs in it: whoever sent the statement
   * might take its failure for a fault that passes. By default it ends the process.
   */
  readonly onBug?: (error: Error) => void
  readonly lockTimeoutMs?: number
  readonly statementTimeoutMs?: number
  readonly idleInTransactionTimeoutMs?: number
  /** Of one pool. */
  readonly connectionsMax?: number
  /** Statements beside those of the product, by name. */
  readonly statements?: Readonly<Record<string, SimStatement>>
}

export type KillOptions = {
  /**
   * What the client had sent without waiting for answers: `lost` with it, or `kept` and worked off
   * by the server, a commit among it included. Either way what is open then is rolled back.
   */
  readonly sent?: 'lost' | 'kept'
}

export type SimServer = {
  /** Made when it is asked for first, with every table of the product. */
  database(name: string): SimDatabase
  /** The pool of a process; `owner` is who dies with `kill`. */
  connect(database: string, owner: string): Db
  /** Its promises never settle, its transactions roll back, it hears no notification. */
  kill(owner: string, options?: KillOptions): void
  /** Every connection is lost, with all that was not committed; new ones can be made at once. */
  restart(): void
}
