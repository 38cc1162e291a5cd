// Locks a batch of sagas in id order, so that two batches never wait for each other in a circle,
// and reads the clock after the wait.
import type { Statement, Tx } from '../../messaging/db.ts'
import { invariant } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { RowCipher } from './row-cipher.ts'
import type { SagaRow, StoredSaga } from './saga-rows.ts'

const lock: Statement = {
  name: 'sagas.lock',
  text: `
    select id, name, version, definition_hash, status, revision, snapshot, business_key,
      correlation_id, attributes,
      (extract(epoch from started_at) * 1000)::float8 as started_at_ms,
      (extract(epoch from wake_at) * 1000)::float8 as wake_at_ms
    from sagas where id = any($1::uuid[]) order by id for update`,
}

const clock: Statement = {
  name: 'clock.read',
  text: 'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms',
}

export type LockedSagas = {
  readonly sagas: ReadonlyMap<SagaId, StoredSaga>
  /** By the clock of Postgres, read once every lock was held. */
  readonly now: number
}

export async function lockSagas(
  tx: Tx,
  rows: RowCipher,
  ids: readonly SagaId[],
): Promise<LockedSagas> {
  const locked = tx.query<SagaRow>(lock, [ids])
  const now = await readClock(tx)
  const found = (await locked).rows
  await rows.load(tx, found)
  const stored = found.map(rows.read)
  return { sagas: new Map(stored.map((row) => [row.saga.id, row])), now }
}

/** By the clock of Postgres, in ms since the epoch, after every wait before it. */
export async function readClock(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ now_ms: number }>(clock)
  const now = rows[0]?.now_ms
  invariant(now !== undefined, 'Postgres did not tell the time')
  return now
}
