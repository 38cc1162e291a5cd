// The statements of the table `publish_batches`, as the simulated store carries them out.
import {
  type Answer,
  answer,
  changed,
  type Execution,
  isFree,
  lock,
  lockAndRemove,
  put,
  seen,
  type Waiting,
} from '../sim-statement.ts'
import type { BatchValue } from '../sim-tables.ts'
import { by } from '../sim-values.ts'

type Ids = readonly string[]

function* remove(on: Execution, [ids]: readonly [Ids]): Waiting<Answer> {
  let count = 0
  for (const id of ids) {
    if (yield* lockAndRemove(on, on.tx.database.tables.publish_batches, id)) count += 1
  }
  return changed(count)
}

function* setAside(on: Execution, [ids]: readonly [Ids]): Waiting<Answer> {
  const { publish_batches: table } = on.tx.database.tables
  let count = 0
  for (const id of ids) {
    const batch = yield* lock(on, table, id)
    if (batch === null) continue
    put(on, table, { ...batch, due_at: Number.POSITIVE_INFINITY })
    count += 1
  }
  return changed(count)
}

type Claim = {
  readonly fits: (batch: BatchValue) => boolean
  readonly limit: number
  readonly dueMs: number
}

/** `skip locked`: never waits. */
function claimThose(on: Execution, { fits, limit, dueMs }: Claim): Answer {
  const { publish_batches: table } = on.tx.database.tables
  const free = [...table.rows.values()].flatMap((row) => {
    const batch = isFree(on, row) ? seen(on, row) : null
    return batch !== null && fits(batch) ? [batch] : []
  })
  const claimed = free.sort(by(({ id }) => id)).slice(0, limit)
  for (const batch of claimed) put(on, table, { ...batch, due_at: on.now() + dueMs })
  return answer(claimed.map(({ id, saga_ids }) => ({ id, saga_ids: [...saga_ids] })))
}

type ClaimValues = readonly [withinMs: number, limit: number, dueMs: number, except: Ids]

function claim(on: Execution, [withinMs, limit, dueMs, except]: ClaimValues): Answer {
  const before = on.now() + withinMs
  const fits = ({ id, due_at }: BatchValue) => due_at < before && !except.includes(id)
  return claimThose(on, { fits, limit, dueMs })
}

function claimAside(on: Execution, [limit, dueMs, except]: readonly [number, number, Ids]): Answer {
  const fits = ({ id, due_at }: BatchValue) =>
    due_at === Number.POSITIVE_INFINITY && !except.includes(id)
  return claimThose(on, { fits, limit, dueMs })
}

export const publishBatchStatements = {
  'publish_batches.delete': remove,
  'publish_batches.set-aside': setAside,
  'publish_batches.claim': claim,
  'publish_batches.claim-aside': claimAside,
}
