// Starts that take a transaction of several statements, when the connection is lost between them.
import { expect, test } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import type { Statement, Tx } from '../../messaging/db.ts'
import { insertApart, type StartToInsert } from '../../orchestrator/coordinator/insert-apart.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'

const lost = () => Promise.reject(new Error('Connection terminated unexpectedly'))

test('a connection that is lost leaves no failure that nobody hears of', async () => {
  const unheard: unknown[] = []
  const hear = (error: unknown) => unheard.push(error)
  process.on('unhandledRejection', hear)
  try {
    const tx = {
      query: (sql: Statement) =>
        sql.name === 'locks.serialize' ? Promise.resolve({ rows: [], rowCount: 0 }) : lost(),
    } as unknown as Tx
    const saga = { id: '019b76da-0000-7000-8000-000000000000', locks: ['a key'] }
    const start = { row: { saga }, child: null } as unknown as StartToInsert
    const rows = createRowCipher(createRegistry([]), noKeys)
    const batchId = '019b76da-0000-7000-8000-000000000001'
    await expect(insertApart(tx, { batchId, starts: [start], rows })).rejects.toThrow('terminated')
    await new Promise((resolve) => setImmediate(resolve))
    expect(unheard).toEqual([])
  } finally {
    process.off('unhandledRejection', hear)
  }
})
