// What is sent to Postgres and how: in the hands of pg, but for lists, for when it leaves, and for what of
// it stays afterwards.
import type { Socket } from 'node:net'
import pg from 'pg'
import { arrayLiteral } from './array-literal.ts'
import type { DbAnswer, DbPool, DbQuery } from './db.ts'

/** Lists are written here, since pg takes longer. */
export function withLists(pool: pg.Pool): DbPool {
  return {
    query: async (asked) => {
      const client = await pool.connect()
      let broken: Error | undefined
      try {
        return await ask(client, asked)
      } catch (error) {
        broken = error as Error
        throw error
      } finally {
        client.release(broken)
      }
    },
    connect: async () => {
      const client = await pool.connect()
      const { stream } = (client as unknown as WithStream).connection
      return {
        query: (asked) => {
          gatherWrites(stream)
          return ask(client, asked)
        },
        release: (broken) => client.release(broken),
      }
    },
    end: () => pool.end(),
    usage: () => ({
      ...{ open: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
    }),
  }
}

/** What pg keeps of a query beside what its types tell. */
type Asked = pg.Query & { values: unknown; _result: unknown; _results: unknown }

type Waiting = {
  query?: Asked
  readonly resolve: (answer: DbAnswer) => void
  readonly reject: (error: Error) => void
}

/**
 * As `client.query`. V8 makes a function that is written where it is assigned to a property in the old
 * heap, as pg does with the callback of each query, and what can be reached from it stays until the
 * whole heap is collected: each statement with its values and rows (decision 22). So these are taken
 * out of reach once they are here; of a statement that failed pg may still read something.
 */
function ask(client: pg.ClientBase, asked: string | DbQuery): Promise<DbAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<DbAnswer>()
  const waiting: Waiting = { resolve, reject }
  waiting.query = new pg.Query(listed(asked) as pg.QueryConfig, toWaiting(waiting)) as Asked
  client.query(waiting.query)
  return promise.catch(withOurStack)
}

type Callback = (error: Error | null | undefined, answer: DbAnswer) => void

/** Apart, since a function keeps what other functions around it use. */
function toWaiting(given: Waiting): never {
  let waiting: Waiting | null = given
  const callback: Callback = (error, answer) => {
    const settled = waiting
    waiting = null
    if (error) settled?.reject(error)
    else {
      Object.assign(settled?.query ?? {}, { values: null, _result: null, _results: null })
      settled?.resolve(answer)
    }
  }
  return callback as never
}

/** Else it would tell of a socket only, not of who asked. */
function withOurStack(error: Error): never {
  Error.captureStackTrace(error)
  throw error
}

/** What pg does not tell of itself: the socket of a client. */
type WithStream = { readonly connection: { readonly stream: Socket } }

/**
 * What is sent in one turn of the event loop leaves in one write: each wakes the server, which at
 * low load costs more than the statement.
 */
function gatherWrites(stream: Socket): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  process.nextTick(() => stream.uncork())
}

function listed(asked: string | DbQuery): string | DbQuery {
  if (typeof asked === 'string' || asked.values === undefined) return asked
  return { ...asked, values: asked.values.map(toParameter) }
}

function toParameter(value: unknown): unknown {
  return Array.isArray(value) ? (arrayLiteral(value) ?? value) : value
}
