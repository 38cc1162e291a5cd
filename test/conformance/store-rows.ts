// Rows that the product writes only together with a saga, each written by its own statement.
import type { Db, Tx } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import {
  type Answer,
  answer,
  changed,
  type Execution,
  find,
  put,
  type SimStatement,
  upsert,
  type Waiting,
} from '../simulate/store/sim-statement.ts'

const batch = {
  name: 'conformance.add-batch',
  text: `
    insert into publish_batches (id, saga_ids, due_at)
    values ($1::uuid, $2::uuid[], clock_timestamp() + $3 * interval '1 ms')`,
}

type NewBatch = { readonly id: string; readonly sagaIds: readonly SagaId[]; readonly dueMs: number }

export async function addBatch(db: Db, { id, sagaIds, dueMs }: NewBatch): Promise<void> {
  await db.query(batch, [id, sagaIds, dueMs])
}

const timer = {
  name: 'conformance.set-timer',
  text: `
    insert into timers (saga_id, due_at)
    values ($1::uuid, clock_timestamp() + $2 * interval '1 ms')
    on conflict (saga_id) do update set due_at = excluded.due_at`,
}

export async function setTimer(tx: Tx, id: SagaId, dueMs: number): Promise<void> {
  await tx.query(timer, [id, dueMs])
}

/** The same, and the read of `paid`, for the simulated store. */
export const conformanceStatements: Readonly<Record<string, SimStatement>> = {
  'conformance.add-batch': (
    on: Execution,
    values: readonly [string, readonly string[], number],
  ) => {
    const [id, saga_ids, dueMs] = values
    put(on, on.tx.database.tables.publish_batches, { id, saga_ids, due_at: on.now() + dueMs })
    return changed(1)
  },
  'conformance.set-timer': function* (
    on: Execution,
    [saga_id, dueMs]: readonly [string, number],
  ): Waiting<Answer> {
    const value = { saga_id, due_at: on.now() + dueMs }
    yield* upsert(on, on.tx.database.tables.timers, { value, update: () => value })
    return changed(1)
  },
  'conformance.payments': (on: Execution, [ids]: readonly [readonly string[]]) => {
    const { payments } = on.tx.database.tables
    const there = ids.filter((id) => find(on, payments, id) !== null)
    return answer(there.toSorted().map((saga_id) => ({ saga_id })))
  },
}
