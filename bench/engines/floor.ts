// The floor as an engine: tables and topics of its own on the same Kafka and Postgres.
import { fileURLToPath } from 'node:url'
import type { LocalParts } from '../../local/local-parts.ts'
import { openDb } from '../../messaging/db.ts'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import { batchesOf } from '../batches.ts'
import { perSaga, readCounts } from '../costs.ts'
import { countDisagreements } from '../disagreements.ts'
import type { FloorOrder } from '../floor/floor.ts'
import { floorTables } from '../floor/floor-tables.ts'
import { forkLoad, measure } from '../measure.ts'
import { type EngineOptions, partsOf, type RunningEngine } from './engine.ts'

const program = fileURLToPath(new URL('../floor/floor.ts', import.meta.url))

const topics = {
  orders: 'floor.orders',
  payments: 'floor.payments',
  replies: 'floor.replies',
  events: 'floor.events',
}

export async function startFloor(options: EngineOptions): Promise<RunningEngine> {
  const { parts, report, partitions } = options
  const [sagas, orders, payments] = await Promise.all([
    createTables(parts, 'sagas'),
    createTables(parts, 'orders'),
    createTables(parts, 'payments'),
  ])
  const databases = { sagas, orders, payments }
  await createTopics(parts, Object.values(topics), partitions)
  let run = 0
  return {
    kind: 'floor',
    measure: async (times) => {
      run += 1
      const { brokers } = parts.kafka
      const idPrefix = run.toString(16).padStart(8, '0')
      const own = { brokers, partitions, databases, topics, run: String(run), idPrefix }
      const order: FloorOrder = { ...times, ...own }
      const before = await readCounts(parts, databases)
      const load = forkLoad(program, order, { report })
      const figures = await measure(order, load, () => partsOf(parts), 'floor')
      const after = await readCounts(parts, databases)
      const { sagas: count, batches } = batchesOf(before, after)
      return { engine: 'floor', ...figures, batches, perSaga: perSaga(before, after, count) }
    },
    disagreements: () => countDisagreements(databases),
    stop: async () => undefined,
  }
}

async function createTables(parts: LocalParts, name: keyof typeof floorTables): Promise<string> {
  const url = await parts.createDatabase(`floor_${name}`)
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
