// The gauges that every process of Sagaline has: connections to Postgres, records that were set aside
// there, and how far its consumer groups are behind.
import type { Bus } from './bus.ts'
import type { Db, Row } from './db.ts'
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

const parkedLetters = {
  name: 'parked-dead-letters',
  text: `
    select consumer, code, count(*)::float8 as value from (
      select consumer, code from dead_letters where state = 'parked' limit $1
    ) as parked group by consumer, code`,
}
/** Counted at the most for one page. */
const lettersMax = 10_000

/** By consumer group: every process with the same database tells the same. */
export function watchLetters(metrics: Metrics, db: Pick<Db, 'query'>): void {
  metrics.gauge(
    {
      name: 'sagaline_dead_letters_parked',
      help: `Records set aside that wait for a person; ${lettersMax} in all means that or more.`,
      labels: ['consumer', 'code'],
    },
    async () => {
      const { rows } = await db.query<Row & { consumer: string; code: string; value: number }>(
        parkedLetters,
        [lettersMax],
      )
      return rows.map(({ consumer, code, value }) => ({ labels: { consumer, code }, value }))
    },
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
