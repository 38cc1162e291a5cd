// Which saga a key of a start belongs to.
import type { Db, Statement, Tx } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'

const find: Statement = {
  name: 'idempotency_keys.find',
  text: `
    select asked.position, keys.saga_id, keys.body_hash
    from unnest($1::text[], $2::text[]) with ordinality as asked(name, key, position)
    cross join lateral (
      select saga_id, body_hash from idempotency_keys
      where name = asked.name and key = asked.key limit 1
    ) keys`,
}

const win: Statement = {
  name: 'idempotency_keys.insert',
  text: `
    insert into idempotency_keys (name, key, body_hash, saga_id)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::uuid[])
      as asked(name, key, body_hash, saga_id) order by name, key
    on conflict do nothing returning saga_id`,
}

/** The first start of a key in a transaction of several statements. Answers who won theirs. */
export async function winKeys(
  tx: Tx,
  asked: readonly {
    readonly name: string
    readonly key: string
    readonly bodyHash: string
    readonly sagaId: SagaId
  }[],
): Promise<ReadonlySet<SagaId>> {
  const { rows } = await tx.query<{ readonly saga_id: SagaId }>(win, [
    asked.map(({ name }) => name),
    asked.map(({ key }) => key),
    asked.map(({ bodyHash }) => bodyHash),
    asked.map(({ sagaId }) => sagaId),
  ])
  return new Set(rows.map((row) => row.saga_id))
}

export type KeyedSaga = { readonly sagaId: SagaId; readonly bodyHash: string }

/** In the order asked; null where the key is not there. A statement of its own sees every commit. */
export async function findKeys(
  db: Db,
  asked: readonly { readonly name: string; readonly key: string }[],
): Promise<readonly (KeyedSaga | null)[]> {
  const { rows } = await db.query<{ position: string; saga_id: SagaId; body_hash: string }>(find, [
    asked.map(({ name }) => name),
    asked.map(({ key }) => key),
  ])
  const found = new Map(rows.map((row) => [Number(row.position), row]))
  return asked.map((_, index) => {
    const row = found.get(index + 1)
    return row ? { sagaId: row.saga_id, bodyHash: row.body_hash } : null
  })
}
