// Follows the lifecycle events for all that is kept up beside the sagas, as one consumer group of all
// orchestrators: each record is fetched and read once, whoever wants something of it. Made by
// `orchestrator.ts`, apart from the coordinator: lists and statistics stay as they were without it.
import type { Bus } from '../../messaging/bus.ts'
import type { Clock } from '../../messaging/clock.ts'
import { EventFollower } from '../lifecycle/event-follower.ts'
import type { RefreshDependencies } from '../search/refresh-sagas.ts'
import { leaveFollowers, sayBehind } from '../store/event-followers.ts'
import { followBatch } from './follow-batch.ts'

export const followersGroup = 'sagaline.followers'

export type FollowerDependencies = RefreshDependencies & {
  readonly bus: Bus
  readonly clock: Clock
}

/** What moved often meanwhile is written once. Live streams must show an event within a second. */
const gatherMs = 500

export function createFollower(given: FollowerDependencies): EventFollower {
  const { bus, clock, log, db } = given
  return new EventFollower({
    ...{ bus, clock, log, gatherMs },
    groupId: followersGroup,
    take: (records) => followBatch(given, records),
    say: (id, behindMs) => sayBehind(db, id, behindMs),
    leave: (id) => leaveFollowers(db, id),
  })
}
