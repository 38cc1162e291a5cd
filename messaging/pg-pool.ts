// What is sent to Postgres and how: in the hands of pg, but for lists and for when it leaves.
import type { Socket } from 'node:net'
import type pg from 'pg'
import { arrayLiteral } from './array-literal.ts'
import type { DbPool, DbQuery } from './db.ts'

/** Lists are written here, since pg takes longer. */
export function withLists(pool: pg.Pool): DbPool {
  return {
    query: (asked) => pool.query(listed(asked)),
    connect: async () => {
      const client = await pool.connect()
      const { stream } = (client as unknown as WithStream).connection
      return {
        query: (asked) => {
          gatherWrites(stream)
          return client.query(listed(asked))
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
