// Joins a consumer group however long the topic is missing or the broker away; for those that sagas
// do not wait for.
import type { Bus, SubscribeOptions, Subscription } from '../../messaging/bus.ts'
import { backoffMs, type Clock } from '../../messaging/clock.ts'
import type { Log } from '../../messaging/log.ts'

export type JoinGiven = { readonly bus: Bus; readonly clock: Clock; readonly log: Log }

/** Joining is tried again until the signal comes. */
const pauses = { initialMs: 500, maxMs: 10_000 }

/** Null when the signal came first. */
export async function joinGroup(
  { bus, clock, log }: JoinGiven,
  options: SubscribeOptions,
  signal: AbortSignal,
): Promise<Subscription | null> {
  const { groupId } = options
  for (let attempt = 1; !signal.aborted; attempt++) {
    try {
      return await bus.subscribe(options)
    } catch (error) {
      if (!signal.aborted) log.warn('group.join.failed', { groupId, attempt, error })
      await clock.wait(backoffMs(pauses, attempt, clock.random), signal)
    }
  }
  return null
}
