// Follows the lifecycle events into the read model: which saga moved is all that it takes from them.
import type { Bus, IncomingRecord } from '../../messaging/bus.ts'
import type { Clock } from '../../messaging/clock.ts'
import type { SagaId } from '../../messaging/message.ts'
import { EventFollower } from '../lifecycle/event-follower.ts'
import { leaveFollowers, sayBehind } from '../store/event-followers.ts'
import { type RefreshDependencies, refreshSagas } from './refresh-sagas.ts'

export type FollowerDependencies = RefreshDependencies & {
  readonly bus: Bus
  readonly clock: Clock
}

export const searchGroup = 'sagaline.search'

/** A saga that moved often meanwhile is written once. */
const gatherMs = 500

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Lists go on without it, as they were. */
export function createSearchFollower(given: FollowerDependencies): EventFollower {
  const { bus, clock, log, db } = given
  return new EventFollower({
    ...{ bus, clock, log, gatherMs },
    groupId: searchGroup,
    take: async (records) => {
      const ids = new Set(records.flatMap(sagaIdOf))
      await refreshSagas(given, [...ids], { isRebuild: false, isTold: true })
    },
    say: (id, behindMs) => sayBehind(db, { id, keeps: 'search', behindMs }),
    leave: (id) => leaveFollowers(db, id),
  })
}

function sagaIdOf({ key }: IncomingRecord): readonly SagaId[] {
  const text = key?.toString('latin1') ?? ''
  return uuid.test(text) ? [text as SagaId] : []
}
