// A transaction as it is lent to handlers: it tells afterwards whether the database itself failed
// under them, and it is closed when the kit is done, so that a straggler cannot write into the
// transaction that uses the connection next.
import type { Row, Statement, Tx } from '../messaging/db.ts'
import { isDatabaseDown } from './db-trouble.ts'
import { participantError } from './errors.ts'

export type ScopedTx = {
  readonly tx: Tx
  /** The first sign that the database, not a command, is at fault; null when there is none. */
  trouble(): unknown
  close(): void
}

export function scopeTx(inner: Tx): ScopedTx {
  let isOpen = true
  let trouble: unknown = null
  const ask = async <R extends Row>(sql: string | Statement, values?: readonly unknown[]) => {
    if (!isOpen) throw participantError('TRANSACTION_OVER')
    try {
      return await inner.query<R>(sql, values)
    } catch (error) {
      if (isDatabaseDown(error)) trouble ??= error
      throw error
    }
  }
  const query = <R extends Row>(sql: string | Statement, values?: readonly unknown[]) => {
    const answer = ask<R>(sql, values)
    // A handler need not wait for it: the commit does, and fails if it did.
    answer.catch(() => undefined)
    return answer
  }
  return {
    tx: { query } as unknown as Tx,
    trouble: () => trouble,
    close: () => {
      isOpen = false
    },
  }
}
