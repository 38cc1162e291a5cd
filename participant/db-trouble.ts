// Tells a database that is in trouble (everything waits and is delivered again) from a statement
// that failed (somebody's command is at fault and must not hold up the others).
import { isTransientDbError } from '../messaging/db.ts'

/** Connections, resources, the system, a server that shuts down, a standby that cannot write. */
const serverTrouble = /^(08\w{3}|53\w{3}|57P\w{2}|58\w{3}|XX\w{3}|25006|25P03)$/

/** Not every code of five capitals is Postgres's: Node has EPIPE. */
const sqlState = /^[0-9FHPX][0-9A-Z]{4}$/

/** The error's five-character SQLSTATE, or null when Postgres did not send it. */
export function sqlStateOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null
  const code = (error as { readonly code?: unknown }).code
  return typeof code === 'string' && sqlState.test(code) ? code : null
}

/** True when no command can be blamed and all of them may work once the database is back. */
export function isDatabaseDown(error: unknown): boolean {
  const state = sqlStateOf(error)
  return state === null ? isTransientDbError(error) : serverTrouble.test(state)
}
