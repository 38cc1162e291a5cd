/** The command that makes keys: what it prints, what it keeps, and what it does not understand. */
import { describe, expect, it } from 'vitest'
import type { Db, Statement, Tx } from '../../messaging/db.ts'
import { hashOfSecret, readApiKey } from '../../orchestrator/http/access/api-key.ts'
import { runKeysCommand } from '../../orchestrator/keys-command.ts'

/** Remembers what was to be written; knows no key. */
function rememberingDb() {
  const written: (readonly [string | undefined, readonly unknown[]])[] = []
  const query = async (statement: Statement, values: readonly unknown[] = []) => {
    written.push([statement.name, values])
    return { rows: [], rowCount: 0 }
  }
  const transaction = <T>(work: (tx: Tx) => Promise<T>) => work({ query } as unknown as Tx)
  return { db: { query, transaction } as unknown as Db, written }
}

const create = ['create', '--name', 'shop', '--role', 'operator:place-order']

describe('keys create', () => {
  it('prints the key, keeps its hash alone, and writes down that it was made', async () => {
    const { db, written } = rememberingDb()
    const args = [...create, '--role', 'viewer:*', '--days', '90']
    const [line = '', ...others] = await runKeysCommand(db, args, 'r-1')
    const key = readApiKey(line)
    expect(others).toEqual([])
    const secretHash = hashOfSecret(key?.secret ?? '')
    const roles = ['operator:place-order', 'viewer:*']
    expect(written).toEqual([
      ['api-keys.insert', [key?.prefix, secretHash, 'shop', roles, 90]],
      ['access-audit.insert', expect.arrayContaining(['r-1', 'keys create', 'of shop', 'done'])],
    ])
    expect(JSON.stringify(written)).not.toContain(key?.secret)
  })
})

describe('what cannot be understood', () => {
  it.each([
    [],
    ['destroy'],
    ['create'],
    ['create', '--name', 'shop'],
    ['create', '--name', '', '--role', 'viewer:*'],
    ['create', '--name', 'a\nb', '--role', 'viewer:*'],
    ['create', '--name', 'shop', '--role', 'owner:*'],
    ['create', '--name', 'shop', '--role', 'viewer'],
    [...create, '--days', '0'],
    [...create, '--days', '1.5'],
    [...create, '--surprise', 'x'],
    ['revoke'],
    ['revoke', '--prefix', 'unknown'],
  ])('%s %s %s %s is refused with the usage, and nothing is written down', async (...args) => {
    const { db, written } = rememberingDb()
    await expect(runKeysCommand(db, args, 'r-1')).rejects.toMatchObject({
      code: 'KEYS_COMMAND_INVALID',
      message: expect.stringContaining('Usage: keys create'),
    })
    expect(written.filter(([name]) => name !== 'api-keys.revoke')).toEqual([])
  })
})
