// The floor as an engine: tables and topics of its own on the same Kafka and Postgres.
import { fileURLToPath } from 'node:url'
import type { LocalParts } from '../../local/local-parts.ts'
import { openDb } from '../../messaging/db.ts'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { batchesOf } from '../batches.ts'
import { perSaga, readCounts } from '../costs.ts'
import { countDisagreements } from '../disagreements.ts'
import type { FloorOrder } from '../floor/floor-parts.ts'
import { floorTables } from '../floor/floor-tables.ts'
import { type Figures, forkLoad, measure } from '../measure.ts'
import { type EngineOptions, partsOf, type RunningEngine } from './engine.ts'

const program = fileURLToPath(new URL('../floor/floor.ts', import.meta.url))

/** Everything in one process, the load as well. */
export function startFloor(options: EngineOptions): Promise<RunningEngine> {
  const { parts, report } = options
  return startFloorAs('floor', options, (order) =>
    measure(order, forkLoad(program, order, { report }), () => partsOf(parts), 'floor'),
  )
}

/** `bear` has it bear one load. */
export async function startFloorAs(
  kind: 'floor' | 'floor-apart',
  { parts, partitions }: EngineOptions,
  bear: (order: FloorOrder) => Promise<Figures>,
): Promise<RunningEngine> {
  const [sagas, orders, payments] = await Promise.all([
    createTables(parts, kind, 'sagas'),
    createTables(parts, kind, 'orders'),
    createTables(parts, kind, 'payments'),
  ])
  const databases = { sagas, orders, payments }
  const topics = {
    orders: `${kind}.orders`,
    payments: `${kind}.payments`,
    replies: `${kind}.replies`,
    events: `${kind}.events`,
  }
  await createTopics(parts, Object.values(topics), partitions)
  let run = 0
  return {
    kind,
    measure: async (times) => {
      run += 1
      const { brokers } = parts.kafka
      const idPrefix = run.toString(16).padStart(8, '0')
      const own = { brokers, partitions, databases, topics, run: String(run), idPrefix }
      const before = await readCounts(parts, databases)
      const figures = await bear({ ...times, ...own })
      const after = await readCounts(parts, databases)
      const { sagas: count, batches } = batchesOf(before, after)
      return { engine: kind, ...figures, batches, perSaga: perSaga(before, after, count) }
    },
    disagreements: () => countDisagreements(databases),
    stop: async () => undefined,
  }
}

async function createTables(
  parts: LocalParts,
  kind: string,
  name: keyof typeof floorTables,
): Promise<string> {
  const url = await parts.createDatabase(`${kind.replace('-', '_')}_${name}`)
  const db = openDb({ url, applicationName: 'bench', connectionsMax: 1 })
  for (const statement of floorTables[name].split(';')) await db.query(statement)
  await db.stop()
  return url
}

/** With the settings of the broker: what matters for the cost is the same as the product's. */
export async function createTopics(
  parts: LocalParts,
  names: readonly string[],
  partitions: number,
): Promise<void> {
  const { Kafka, logLevel } = loadKafkaJs()
  const brokers = [...parts.kafka.brokers]
  const admin = new Kafka({ clientId: 'bench', brokers, logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const topicsWanted = names.map((topic) => ({ topic, numPartitions: partitions }))
  await admin.createTopics({ topics: topicsWanted, waitForLeaders: true })
  await admin.disconnect()
}
