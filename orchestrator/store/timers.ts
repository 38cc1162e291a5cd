// Which sagas may have to be woken. Read unlocked: the advance under the saga's lock decides.
import type { Db, Statement } from '../../messaging/db.ts'
import { invariant } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'

/**
 * The clock is read apart: compared with each row it would be volatile, and then Postgres looks at
 * every pending timer, five times a second, instead of the first ones of the index.
 */
const due: Statement = {
  name: 'timers.due',
  text: `
    select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms,
      array(select saga_id::text from timers where due_at <= (select clock_timestamp())
        and saga_id <> all($2::uuid[]) order by due_at limit $1) as saga_ids`,
}

export type DueSagas = { readonly now: number; readonly sagaIds: readonly SagaId[] }

/** `except` are sagas that cannot be woken here at the moment. */
export async function findDueSagas(
  db: Db,
  limit: number,
  except: readonly SagaId[],
): Promise<DueSagas> {
  const { rows } = await db.query<{ now_ms: number; saga_ids: readonly SagaId[] }>(due, [
    limit,
    except,
  ])
  const row = rows[0]
  invariant(row, 'Postgres did not tell the time')
  return { now: row.now_ms, sagaIds: row.saga_ids }
}
