// Events of one saga as they come from a topic, at least once and in any order, put in sequence.
import type { LifecycleEvent } from './lifecycle-event.ts'

/** What is known without a gap from the first one on, and whether that is all that was given. */
export function inSequence(events: readonly LifecycleEvent[]): {
  readonly known: readonly LifecycleEvent[]
  readonly isWhole: boolean
} {
  const bySeq = new Map(events.map((event) => [event.data.seq, event]))
  const known: LifecycleEvent[] = []
  for (let seq = 1; ; seq++) {
    const event = bySeq.get(seq)
    if (event === undefined) break
    known.push(event)
  }
  return { known, isWhole: known.length === bySeq.size }
}
