// The statistics as a part that lives and stops: it counts what the lifecycle events tell, and cuts
// what is old. Made by `orchestrator.ts`, apart from the coordinator: sagas go on without it.
import type { Bus } from '../../messaging/bus.ts'
import type { Clock } from '../../messaging/clock.ts'
import { EventFollower } from '../lifecycle/event-follower.ts'
import { leaveFollowers, sayBehind } from '../store/event-followers.ts'
import { cutStats } from '../store/stats-windows.ts'
import { type CountWith, countRecords } from './count-records.ts'

export type StatsDependencies = CountWith & { readonly bus: Bus; readonly clock: Clock }

export const statsGroup = 'sagaline.stats'

/** A saga that ends within it is written once. */
const gatherMs = 1_000
/** How often it looks for what is old, and the pause while there is more of it. */
const cutEveryMs = 10_000
const cutRestMs = 50

export class Stats {
  readonly #given: StatsDependencies
  readonly #follower: EventFollower
  readonly #stopping = new AbortController()
  #cutting: Promise<void> | null = null

  constructor(given: StatsDependencies) {
    const { bus, clock, log, db } = given
    this.#given = given
    this.#follower = new EventFollower({
      ...{ bus, clock, log, gatherMs },
      groupId: statsGroup,
      take: (records) => countRecords(given, records),
      say: (id, behindMs) => sayBehind(db, { id, keeps: 'stats', behindMs }),
      leave: (id) => leaveFollowers(db, id),
    })
  }

  start(): void {
    this.#follower.start()
    this.#cutting ??= this.#cut()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all([this.#follower.stop(), this.#cutting])
  }

  async #cut(): Promise<void> {
    const { db, clock, log } = this.#given
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const isMore = await cutStats(db).catch((error: unknown) => {
        if (!signal.aborted) log.warn('stats.cut.failed', { error })
        return false
      })
      await clock.wait(isMore ? cutRestMs : cutEveryMs, signal)
    }
  }
}
