// Semantic locks inside a transaction that moves or starts sagas: who arrives is queued, who has
// ended leaves, who holds all its keys goes on, and whoever comes to the head of a queue is woken.

import type { Tx } from '../../messaging/db.ts'
import { invariant } from '../../messaging/errors.ts'
import type { SagaId } from '../../messaging/message.ts'
import type { Saga } from '../engine/saga.ts'
import { findHolders, queueForLocks, releaseLocks } from '../store/locks.ts'

/** The sagas with locks of one transaction, as they stand in memory. */
export type LockParty = {
  /** Newly waiting, in the order they came. */
  readonly arriving: readonly Pick<Saga, 'id' | 'locks'>[]
  /** Those that wait, and those that have ended in this transaction, at the moment. */
  look(): { readonly waiting: readonly SagaId[]; readonly ended: readonly SagaId[] }
  /** These hold all their keys: they go on, and do not wait any more. */
  grant(ids: readonly SagaId[]): void
}

/** What the transaction's advisory lock of a key is taken by. */
export function lockName(key: string): string {
  return `lock ${key}`
}

/**
 * Under the advisory locks of all their keys (`serializeBy`). Answers the sagas that came to the
 * head of a queue, for a durable wake. One that was granted its locks may end at once and make way
 * for the next, so it looks again until nobody goes on.
 */
export async function settleLocks(tx: Tx, party: LockParty): Promise<ReadonlySet<SagaId>> {
  if (party.arriving.length > 0) await queueForLocks(tx, party.arriving)
  const heads = new Set<SagaId>()
  const released = new Set<SagaId>()
  // Whoever is granted its locks does not wait any more, so there is a round less to come.
  let roundsLeft = party.look().waiting.length + 1
  for (;;) {
    invariant(roundsLeft-- > 0, 'a saga waits on after its locks were granted')
    const { waiting, ended } = party.look()
    const leaving = ended.filter((id) => !released.has(id))
    if (leaving.length > 0) for (const id of await releaseLocks(tx, leaving)) heads.add(id)
    for (const id of leaving) released.add(id)
    const holders = waiting.length === 0 ? [] : await findHolders(tx, waiting)
    if (holders.length === 0) return heads
    party.grant(holders)
  }
}
