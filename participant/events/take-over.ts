// When a generation that was built up takes the place of the one that serves: not before it has come
// as far in every partition, so that no reader sees a row go back.
import type { TopicEdges } from '../../messaging/bus.ts'
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { generationsOf, holdServing, relieve } from './generations.ts'
import { newestTaken, recordsBehind } from './positions.ts'

export type TakingOver = {
  readonly db: Db
  readonly clock: Clock
  readonly consumer: string
  /** Of the topics that are followed. */
  readonly edges: () => Promise<TopicEdges>
}

/** So near, it is worth holding the other one. */
const nearRecords = 2_000

/** The one that serves is held no longer; less than a statement waits for a lock. */
const heldMsMax = 1_000
const lookMs = 20

/** `held in vain`: the one that serves stood still, and the other one did not come as far. */
export type TookOver = 'yes' | 'not near' | 'held in vain'

export async function takeOver({ db, clock, consumer, edges }: TakingOver): Promise<TookOver> {
  const all = await generationsOf(db, consumer)
  const serving = all.find(({ state }) => state === 'serving')
  const building = all.find(({ state }) => state === 'building')
  if (serving === undefined || building === undefined) return 'not near'
  const relief = { consumer, serving: serving.generation, building: building.generation }
  const left = await recordsBehind(db, relief, await edges())
  // One that has yet to join its group would not come in time.
  const hasBegun = (await newestTaken(db, { consumer, generation: relief.building })) !== null
  if (left > (hasBegun ? nearRecords : 0)) return 'not near'
  return db.transaction(async (tx) => {
    if ((await holdServing(tx, consumer)) !== serving.generation) return 'not near'
    const heldUntil = clock.monotonicMs() + heldMsMax
    // Asked for now: the goal is what the one that serves had taken when it was held.
    const held = await edges()
    while ((await recordsBehind(tx, relief, held)) > 0) {
      if (clock.monotonicMs() > heldUntil) return 'held in vain'
      await clock.wait(lookMs)
    }
    await relieve(tx, relief)
    return 'yes'
  })
}
