// Errors as `pg` gives them: those that Postgres sends have a SQLSTATE, lost connections have none.

export class PostgresError extends Error {
  readonly severity = 'ERROR'
  readonly code: string
  readonly constraint: string | undefined

  constructor(code: string, message: string, constraint?: string) {
    super(message)
    this.name = 'error'
    this.code = code
    this.constraint = constraint
  }
}

class LostConnectionError extends Error {
  readonly sent: 'lost' | 'kept'

  constructor(sent: 'lost' | 'kept') {
    super('Connection terminated unexpectedly')
    this.sent = sent
  }
}

/** To be thrown by a step: Postgres refuses the statement, or the commit. */
export function statementError(code: string, message: string): PostgresError {
  return new PostgresError(code, message)
}

/**
 * To be thrown by a step. `kept`: what was sent reached the server, which works it off a while
 * later, a commit among it included, although the client knows nothing of it.
 */
export function lostConnection(sent: 'lost' | 'kept' = 'lost'): Error {
  return new LostConnectionError(sent)
}

/** To be thrown by a step, and what a restart of the server tells its clients. */
export function shuttingDown(): PostgresError {
  return new PostgresError('57P01', 'terminating connection due to administrator command')
}

export const isKept = (error: unknown): boolean =>
  error instanceof LostConnectionError && error.sent === 'kept'

/** The connection outlives it. */
export function isOfStatement(error: unknown): boolean {
  return error instanceof PostgresError && !/^(08|57P|25P03)/.test(error.code)
}

export function uniqueViolation(constraint: string): PostgresError {
  const message = `duplicate key value violates unique constraint "${constraint}"`
  return new PostgresError('23505', message, constraint)
}

export function checkViolation(table: string, constraint: string): PostgresError {
  const message = `new row for relation "${table}" violates check constraint "${constraint}"`
  return new PostgresError('23514', message, constraint)
}

export const refusals = {
  aborted: () =>
    new PostgresError('25P02', 'current transaction is aborted, commands ignored until end of it'),
  deadlock: () => new PostgresError('40P01', 'deadlock detected'),
  lockTimeout: () => new PostgresError('55P03', 'canceling statement due to lock timeout'),
  statementTimeout: () =>
    new PostgresError('57014', 'canceling statement due to statement timeout'),
  idle: () =>
    new PostgresError('25P03', 'terminating connection due to idle-in-transaction timeout'),
  twice: () =>
    new PostgresError('21000', 'ON CONFLICT DO UPDATE command cannot affect row a second time'),
}
