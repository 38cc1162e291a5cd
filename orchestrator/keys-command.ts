// `main.ts keys create | list | revoke`: API keys for REST, by whoever has the database. A key is
// shown once, when it is made; afterwards only its hash is there.
import { parseArgs } from 'node:util'
import type { Db } from '../messaging/db.ts'
import { orchestratorError } from './errors.ts'
import { hashOfSecret, makeApiKey, writeApiKey } from './http/access/api-key.ts'
import { readGrant } from './http/access/principal.ts'
import { insertAuditEntry } from './store/access-audit.ts'
import { insertKey, listKeys, revokeKey } from './store/api-keys.ts'

const usage =
  'Usage: keys create --name NAME --role ROLE:SAGA [--role …] [--days N]; keys list; ' +
  'keys revoke --prefix PREFIX. Roles: viewer, operator, admin; a saga is a name or *.'

const nameText = /^[\x21-\x7e](?:[\x20-\x7e]{0,98}[\x21-\x7e])?$/
const rolesMax = 100
const daysMax = 3_650
const listedMax = 10_000

const options = {
  name: { type: 'string' },
  role: { type: 'string', multiple: true },
  days: { type: 'string' },
  prefix: { type: 'string' },
} as const

type Given = {
  readonly name?: string
  readonly role?: readonly string[]
  readonly days?: string
  readonly prefix?: string
}

/** Does what the arguments say and answers lines to print. @throws KEYS_COMMAND_INVALID. */
export async function runKeysCommand(
  db: Db,
  args: readonly string[],
  requestId: string,
): Promise<readonly string[]> {
  const [verb, ...rest] = args
  const given = read(rest)
  switch (verb) {
    case 'create':
      return create(db, given, requestId)
    case 'list':
      return list(db)
    case 'revoke':
      return revoke(db, given, requestId)
    default:
      throw invalid('it says neither create nor list nor revoke')
  }
}

function read(args: readonly string[]): Given {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error))
  }
}

async function create(db: Db, given: Given, requestId: string): Promise<readonly string[]> {
  const { name = '', role: roles = [] } = given
  if (!nameText.test(name)) throw invalid('--name must have 1 to 100 printable characters')
  if (roles.length === 0 || roles.length > rolesMax) throw invalid('--role is missing')
  const wrong = roles.find((role) => readGrant(role) === null)
  if (wrong !== undefined) throw invalid(`${wrong} is no role`)
  const days = daysOf(given.days)
  const key = makeApiKey()
  const secretHash = hashOfSecret(key.secret)
  await db.transaction(async (tx) => {
    await insertKey(tx, { prefix: key.prefix, secretHash, name, roles, days })
    await insertAuditEntry(tx, entry({ requestId, action: 'keys create', name }))
  })
  return [writeApiKey(key)]
}

function daysOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const days = Number(text)
  if (Number.isInteger(days) && days >= 1 && days <= daysMax) return days
  throw invalid(`--days must be a whole number from 1 to ${daysMax}`)
}

async function list(db: Db): Promise<readonly string[]> {
  const keys = await listKeys(db, listedMax)
  return keys.map(({ prefix, name, roles, createdAt, expiresAt, revokedAt }) =>
    JSON.stringify({ prefix, name, roles, createdAt, expiresAt, revokedAt }),
  )
}

async function revoke(db: Db, given: Given, requestId: string): Promise<readonly string[]> {
  const { prefix = '' } = given
  const name = await db.transaction(async (tx) => {
    const whose = await revokeKey(tx, prefix)
    if (whose !== null) {
      await insertAuditEntry(tx, entry({ requestId, action: 'keys revoke', name: whose }))
    }
    return whose
  })
  if (name === null) throw invalid('there is no key with that --prefix in use')
  return [`revoked ${prefix} of ${name}`]
}

type Said = { readonly requestId: string; readonly action: string; readonly name: string }

/** Whoever has the database need not log in. */
const entry = ({ requestId, action, name }: Said) => ({
  ...{ requestId, action, reason: `of ${name}`, outcome: 'done' },
  ...{ principal: null, saidBy: null, sagaId: null, sagaName: null },
})

function invalid(problem: string): Error {
  return orchestratorError('KEYS_COMMAND_INVALID', { problem, usage })
}
