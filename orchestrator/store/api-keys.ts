// The table `api_keys`: who may log in with which secret, known by its hash only. Read by the login
// of REST, written by the command `keys`.
import type { Db, Row, Statement, Tx } from '../../messaging/db.ts'

export type ApiKeyRow = {
  /** Finds the row; a part of the key that is no secret. */
  readonly prefix: string
  readonly secretHash: Buffer
  /** Of the program or person that has the key. */
  readonly name: string
  /** `role:saga` each. */
  readonly roles: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly revokedAt: Date | null
}

export type UsableKey = Pick<ApiKeyRow, 'prefix' | 'secretHash' | 'name' | 'roles'>

const usable: Statement = {
  name: 'api-keys.usable',
  text: `
    select prefix, secret_hash, name, roles from api_keys
    where prefix = $1 and revoked_at is null
      and (expires_at is null or expires_at > clock_timestamp())`,
}

const insert: Statement = {
  name: 'api-keys.insert',
  text: `
    insert into api_keys (prefix, secret_hash, name, roles, expires_at)
    values ($1, $2, $3, $4::text[], clock_timestamp() + $5::int * interval '1 day')`,
}

const list: Statement = {
  name: 'api-keys.list',
  text: 'select * from api_keys order by created_at, prefix limit $1',
}

const revoke: Statement = {
  name: 'api-keys.revoke',
  text: `
    update api_keys set revoked_at = clock_timestamp()
    where prefix = $1 and revoked_at is null returning name`,
}

/** Null when it is not there, revoked or expired, by the clock of Postgres. */
export async function findUsableKey(db: Db, prefix: string): Promise<UsableKey | null> {
  const { rows } = await db.query(usable, [prefix])
  const row = rows[0]
  if (row === undefined) return null
  const { secretHash, name, roles } = toKey(row)
  return { prefix, secretHash, name, roles }
}

export type NewKey = UsableKey & { readonly days: number | null }

/** A key with `days` expires after as many. */
export async function insertKey(tx: Tx, key: NewKey): Promise<void> {
  await tx.query(insert, [key.prefix, key.secretHash, key.name, key.roles, key.days])
}

/** Oldest first. */
export async function listKeys(db: Db, limit: number): Promise<readonly ApiKeyRow[]> {
  const { rows } = await db.query(list, [limit])
  return rows.map(toKey)
}

/** Answers whose it was, or null when there is no such key in use. */
export async function revokeKey(tx: Tx, prefix: string): Promise<string | null> {
  const { rows } = await tx.query<{ readonly name: string }>(revoke, [prefix])
  return rows[0]?.name ?? null
}

function toKey(row: Row): ApiKeyRow {
  return {
    prefix: row['prefix'] as string,
    secretHash: row['secret_hash'] as Buffer,
    name: row['name'] as string,
    roles: row['roles'] as readonly string[],
    createdAt: row['created_at'] as Date,
    expiresAt: row['expires_at'] as Date | null,
    revokedAt: row['revoked_at'] as Date | null,
  }
}
