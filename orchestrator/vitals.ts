// How the engine is at the moment, for dashboards and for Prometheus: lag, what waits for Kafka, and
// the counts of the read model. Whoever asks within a second is given the same answer.
import type { Bus } from '../messaging/bus.ts'
import type { Clock } from '../messaging/clock.ts'
import type { Db } from '../messaging/db.ts'
import { keptFor } from '../messaging/kept-for.ts'
import type { Log } from '../messaging/log.ts'
import { eventsTopic, repliesTopic, signalsTopic, startsTopic } from '../messaging/topics.ts'
import { signalsGroup, startsGroup } from './coordinator/coordinator.ts'
import { orchestratorGroup } from './coordinator/reply-intake.ts'
import { followersGroup } from './follow/follower.ts'
import type { Vitals } from './http/edge.ts'
import { countSagas } from './store/search-counts.ts'
import { findUnpublished } from './store/unpublished.ts'

const keptMs = 1_000

/** What the orchestrators of one deployment consume, by the group that does. */
const consumed = [
  [orchestratorGroup, repliesTopic],
  [startsGroup, startsTopic],
  [signalsGroup, signalsTopic],
  [followersGroup, eventsTopic],
] as const

type VitalsGiven = { readonly db: Db; readonly bus: Bus; readonly clock: Clock; readonly log: Log }

/** Answers a reader of them. It rejects while Postgres is away; without Kafka the lags are missing. */
export function createVitals({ db, bus, clock, log }: VitalsGiven): () => Promise<Vitals> {
  const lagOf = async (group: string, topic: string): Promise<Vitals['consumerLag']> => {
    try {
      return await bus.lag(group, [topic])
    } catch (error) {
      log.warn('vitals.lag.unknown', { group, topic, error })
      return {}
    }
  }
  return keptFor(keptMs, clock, async () => {
    const [lags, unpublished, groups] = await Promise.all([
      Promise.all(consumed.map(([group, topic]) => lagOf(group, topic))),
      findUnpublished(db),
      countSagas(db, null),
    ])
    return { consumerLag: Object.assign({}, ...lags), unpublished, groups }
  })
}
