// Joins a consumer group for as long as it takes: a topic that is not there yet, or a broker that is
// away, is tried again. For parts that nobody waits for.
import type { Bus, SubscribeOptions, Subscription } from './bus.ts'
import { backoffMs, type Clock } from './clock.ts'
import type { Log } from './log.ts'

export type JoinOptions = SubscribeOptions & {
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  /** Ends the tries. */
  readonly signal: AbortSignal
}

/** Tries go on for as long as the process lives. */
const pauses = { initialMs: 500, maxMs: 10_000 }

/** Never rejects; null when it was aborted before it had joined. */
export async function joinGroup(options: JoinOptions): Promise<Subscription | null> {
  const { bus, clock, log, signal, groupId } = options
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
