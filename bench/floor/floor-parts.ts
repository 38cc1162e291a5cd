// What the floor is made of, in one process or in several: connections, publishers, consumers.
// Frozen, as floor.ts is.
import type { Consumer, Kafka, Producer, TopicMessages } from 'kafkajs'
import pg from 'pg'
import { loadKafkaJs } from '../../messaging/kafka/load-kafkajs.ts'
import type { LoadOrder } from '../closed-loop.ts'
import { type FloorTopics, type Passing, stepOf } from './floor-records.ts'
import { gather } from './gather.ts'

export type FloorOrder = LoadOrder & {
  readonly brokers: readonly string[]
  readonly partitions: number
  readonly databases: Readonly<Record<'sagas' | 'orders' | 'payments', string>>
  readonly topics: FloorTopics
  /** Ends the names of its consumer groups. */
  readonly run: string
  /** Begins the ids of its sagas: eight hexadecimal digits, rising from run to run. */
  readonly idPrefix: string
}

/** Those that are processes of their own in the product. */
export const floorParts = ['sagas', 'orders', 'payments'] as const

export type FloorPartOrder = FloorOrder & { readonly part: (typeof floorParts)[number] }

/** As often as the product does. */
export const forgetEveryMs = 500

export function openKafka({ brokers }: FloorOrder): Kafka {
  const { Kafka: Client, logLevel } = loadKafkaJs()
  return new Client({ clientId: 'floor', brokers: [...brokers], logLevel: logLevel.NOTHING })
}

export function idOf({ idPrefix }: FloorOrder, number: number): string {
  return `${idPrefix}-0000-7000-8000-${number.toString(16).padStart(12, '0')}`
}

export async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  return client
}

export type Publisher = {
  readonly producer: Producer
  readonly send: (records: readonly TopicMessages[]) => void
}

/** One request in flight; what comes meanwhile goes with the next one. */
export async function publisher(kafka: Kafka): Promise<Publisher> {
  const producer = kafka.producer({
    maxInFlightRequests: 1,
    createPartitioner:
      () =>
      ({ message }) =>
        message.partition ?? 0,
  })
  await producer.connect()
  const send = gather<TopicMessages>((records) =>
    producer.sendBatch({ acks: -1, topicMessages: [...records] }),
  )
  return { producer, send }
}

/** Hands over and fetches on: what is handed over comes to an end before the load does. */
export async function consume(
  kafka: Kafka,
  { run, partitions }: FloorOrder,
  topic: string,
  take: (passing: readonly Passing[]) => void,
): Promise<Consumer> {
  const consumer = kafka.consumer({ groupId: `floor-${topic}-${run}`, maxWaitTimeInMs: 250 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: false })
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve))
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: partitions,
    eachBatch: async ({ batch }) => take(stepOf(batch)),
  })
  await joined
  return consumer
}
