// What a handler threw that looks like trouble of the database and is none: its own card network
// refuses connections, or takes too long. Only our own statements, and those of the transaction that
// a handler was lent, tell of the database. Called for everything that runs for outside.
import { isDatabaseDown } from './db-trouble.ts'

/** Never the database, whatever is in it. */
export class HandlerThrew extends Error {
  readonly thrown: unknown

  constructor(thrown: unknown) {
    super('a handler threw', { cause: thrown })
    this.thrown = thrown
  }
}

/** Runs the handler's own code. */
export async function blaming<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw blamed(error)
  }
}

/** The same, of an error that is known to be the handler's. */
export function blamed(error: unknown): unknown {
  return isDatabaseDown(error) ? new HandlerThrew(error) : error
}
