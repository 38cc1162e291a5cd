/** Writes and reads single records with kafkajs, to see whether a local Kafka answers. */
import { Kafka, logLevel, Partitioners } from 'kafkajs'

export async function writeRecord(
  brokers: readonly string[],
  topic: { readonly name: string; readonly replicas: number },
  value: string,
): Promise<void> {
  const kafka = client(brokers)
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({
    waitForLeaders: true,
    topics: [{ topic: topic.name, numPartitions: 1, replicationFactor: topic.replicas }],
  })
  await admin.disconnect()
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({ topic: topic.name, acks: -1, messages: [{ value }] })
  await producer.disconnect()
}

/** The first record of the topic. */
export async function readRecord(
  brokers: readonly string[],
  topic: string,
  groupId: string,
): Promise<string> {
  const consumer = client(brokers).consumer({ groupId, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  try {
    return await new Promise((resolve, reject) => {
      const eachMessage = async ({ message }: { message: { value: Buffer | null } }) =>
        resolve(String(message.value))
      consumer.run({ eachMessage }).catch(reject)
    })
  } finally {
    await consumer.disconnect()
  }
}

function client(brokers: readonly string[]): Kafka {
  return new Kafka({
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 30 },
  })
}
