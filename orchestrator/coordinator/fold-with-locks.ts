// Folding a batch whose sagas may take or release semantic locks. Batches without such sagas cost
// no statement more.
import type { Tx } from '../../messaging/db.ts'
import type { SagaId } from '../../messaging/message.ts'
import { hasBegun } from '../engine/park.ts'
import { isEnded } from '../engine/saga.ts'
import type { LockedSagas } from '../store/lock-sagas.ts'
import { serializeBy, wakeSoon } from '../store/locks.ts'
import {
  type FoldDependencies,
  type Folded,
  foldSagas,
  type Incoming,
  type LockChange,
} from './fold-sagas.ts'
import { lockName, settleLocks } from './settle-locks.ts'

export type FoldedWithLocks = {
  readonly folded: Folded
  /** Sagas outside the batch that came to the head of a queue: woken durably, and soon at best. */
  readonly next: readonly SagaId[]
}

export async function foldWithLocks(
  tx: Tx,
  given: FoldDependencies,
  { locked, items }: { readonly locked: LockedSagas; readonly items: readonly Incoming[] },
): Promise<FoldedWithLocks> {
  let folded = foldSagas(given, locked, items)
  const moving = folded.locking.filter(isMoving)
  if (moving.length === 0) return { folded, next: [] }
  await serializeBy(tx, [...new Set(moving.flatMap(({ after }) => after.locks.map(lockName)))])
  let all = items
  const heads = await settleLocks(tx, {
    arriving: moving.filter(isArriving).map(({ after }) => after),
    look: () => ({
      waiting: idsOf(folded.locking, ({ after }) => after.status === 'waiting'),
      ended: idsOf(folded.locking, isLeaving),
    }),
    grant: (ids) => {
      all = [...all, ...ids.map(lockedEvent)]
      folded = foldSagas(given, locked, all)
    },
  })
  // Those of the batch were looked at above, after every release; and the batch writes their timers.
  const own = new Set(moving.map(({ after }) => after.id))
  const next = [...heads].filter((id) => !own.has(id))
  if (next.length > 0) await wakeSoon(tx, next)
  return { folded, next }
}

/** A running saga holds all its locks and keeps them, so its queues need not be looked at. */
const isMoving = (change: LockChange) =>
  isLeaving(change) || (!isEnded(change.after) && !hasBegun(change.after))

const isLeaving = ({ before, after }: LockChange) => isEnded(after) && !isEnded(before)

const isArriving = ({ before, after }: LockChange) =>
  before.status !== 'waiting' && after.status === 'waiting'

function idsOf(
  locking: readonly LockChange[],
  test: (change: LockChange) => boolean,
): readonly SagaId[] {
  return locking.filter(test).map(({ after }) => after.id)
}

function lockedEvent(sagaId: SagaId): Incoming {
  return { sagaId, event: { type: 'locked' }, cause: null }
}
