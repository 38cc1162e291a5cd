// What a consumer of events counts, and the gauge of how far it is behind. Told by the running
// consumer.
import type { Metrics } from '../../messaging/metrics.ts'
import { lagSpec } from '../../messaging/part-metrics.ts'
import type { ReceivedEvent } from './event-handler.ts'

export type EventMetrics = {
  /** In one transaction; `fresh` are those that no repeat brought. */
  taken(events: readonly ReceivedEvent[], fresh: ReadonlySet<ReceivedEvent>): void
  parked(code: string): void
  /** Places of a topic that the group had passed and the consumer had not. */
  missed(topic: string, places: number): void
}

export function createEventMetrics(metrics: Metrics): EventMetrics {
  const count = metrics.counter({
    ...{ name: 'sagaline_events_taken_total', labels: ['event', 'repeat'] },
    help: 'Events that a consumer took, by whether it had taken them before.',
  })
  const letters = metrics.counter({
    ...{ name: 'sagaline_dead_letters_total', labels: ['code'] },
    help: 'Records that nobody could handle, set aside for a person.',
  })
  const missed = metrics.counter({
    ...{ name: 'sagaline_events_missed_total', labels: ['topic'] },
    help: 'Places of a topic that a consumer never took and its group had passed.',
  })
  return {
    taken: (events, fresh) => {
      for (const event of events) count({ event: event.type, repeat: String(!fresh.has(event)) })
    },
    parked: (code) => letters({ code }),
    missed: (topic, places) => missed({ topic }, places),
  }
}

/** By topic: records of the generation that serves. */
export function watchStanding(
  metrics: Metrics,
  read: () => Promise<Readonly<Record<string, number>>>,
): void {
  metrics.gauge(lagSpec, async () => {
    return Object.entries(await read()).map(([topic, value]) => ({ labels: { topic }, value }))
  })
}
