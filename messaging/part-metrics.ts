// The gauges that every process of Sagaline has: connections to Postgres, and how far its consumer
// groups are behind.
import type { Bus } from './bus.ts'
import type { Db } from './db.ts'
import type { Metrics } from './metrics.ts'

type Consumed = { readonly groupId: string; readonly topics: readonly string[] }

/** `pool`: whose it is, one word. */
export function watchPool(metrics: Metrics, pool: string, db: Pick<Db, 'usage'>): void {
  metrics.gauge(
    {
      name: 'sagaline_pool_connections',
      help: 'Connections to Postgres, by whether somebody uses them.',
      labels: ['pool', 'state'],
    },
    () => {
      const { open, idle } = db.usage()
      return [
        { labels: { pool, state: 'busy' }, value: open - idle },
        { labels: { pool, state: 'idle' }, value: idle },
      ]
    },
  )
  metrics.gauge(
    {
      name: 'sagaline_pool_waiting',
      help: 'Callers that wait for a connection to Postgres.',
      labels: ['pool'],
    },
    () => [{ labels: { pool }, value: db.usage().waiting }],
  )
}

/** Of all members of the group together: every process of a service tells the same. */
export function watchLag(
  metrics: Metrics,
  bus: Pick<Bus, 'lag'>,
  { groupId, topics }: Consumed,
): void {
  metrics.gauge(lagSpec, async () => {
    const lag = await bus.lag(groupId, topics)
    return Object.entries(lag).map(([topic, value]) => ({ labels: { topic }, value }))
  })
}

export const lagSpec = {
  name: 'sagaline_consumer_lag_records',
  help: 'Records of a topic that its consumer group has not marked as done.',
  labels: ['topic'],
} as const
