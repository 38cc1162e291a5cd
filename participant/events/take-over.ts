// When a generation that was built up takes the place of the one that serves: not before it has come
// as far in every partition, so that no reader sees a row go back.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { generationsOf, holdServing, relieve } from './generations.ts'
import { recordsBehind } from './positions.ts'

export type TakingOver = {
  readonly db: Db
  readonly clock: Clock
  readonly consumer: string
  /** Whether this consumer group has no record left to read. */
  readonly isDone: (group: string) => Promise<boolean>
}

/** So near, it is worth holding the other one. */
const nearRecords = 2_000

/** The one that serves is held no longer; less than a statement waits for a lock. */
const heldMsMax = 1_000
const lookMs = 20

/** True when it did, just now. */
export async function takeOver({ db, clock, consumer, isDone }: TakingOver): Promise<boolean> {
  const all = await generationsOf(db, consumer)
  const serving = all.find(({ state }) => state === 'serving')
  const building = all.find(({ state }) => state === 'building')
  if (serving === undefined || building === undefined) return false
  const { group } = building
  const relief = { consumer, serving: serving.generation, building: building.generation }
  if ((await recordsBehind(db, relief)) > nearRecords) {
    // Positions of a partition that lost its records are not reached: then the group tells.
    if (!(await isDone(group))) return false
  }
  return db.transaction(async (tx) => {
    if ((await holdServing(tx, consumer)) !== serving.generation) return false
    const heldUntil = clock.monotonicMs() + heldMsMax
    while ((await recordsBehind(tx, relief)) > 0 && !(await isDone(group))) {
      if (clock.monotonicMs() > heldUntil) return false
      await clock.wait(lookMs)
    }
    await relieve(tx, relief)
    return true
  })
}
