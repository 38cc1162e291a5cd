// Everything that comes to a topic from now on, for programs that ask something and read the
// answers. It joins a group of its own, commits nothing, and removes the group again.
import { messagingError } from '../errors.ts'
import { defaultTimings } from './client-settings.ts'
import { openPassing, type PassingOptions } from './passing-consumer.ts'
import { toInside } from './prefixed-bus.ts'
import { toIncomingRecords } from './to-incoming-records.ts'
import { TopicPartitions } from './topic-partitions.ts'
import { toTrouble } from './trouble.ts'
import { within } from './within.ts'

export type Following = {
  /** Of the topic. */
  readonly partitions: number
  /** Resolves when nothing is taken any more and the group is gone. Idempotent. */
  stop(): Promise<void>
}

/**
 * Resolves once its place is fixed: of what is sent from then on nothing is missed; older records may
 * be among what is taken. @throws TOPIC_MISSING, KAFKA_FORBIDDEN, BROKER_UNREACHABLE
 */
export async function followTopic(options: PassingOptions): Promise<Following> {
  const { brokers, take, prefix = '' } = options
  const { topic, admin, consumer, close } = openPassing(options)
  const { connectDeadlineMs } = defaultTimings
  const unreachable = () =>
    messagingError('BROKER_UNREACHABLE', { brokers: brokers.join(','), problem: 'no answer' })
  let closed: Promise<void> | null = null
  const begin = async () => {
    await admin.connect()
    const counts = new TopicPartitions(admin, brokers)
    await counts.load([topic], connectDeadlineMs)
    // Before it joins: where the end is would be decided when it first fetches, after others may have sent.
    const ends = await admin.fetchTopicOffsets(topic)
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const record of toIncomingRecords(batch)) take(toInside(prefix, record))
      },
    })
    // kafkajs's admin could set them for the group, and takes 5 s for it.
    for (const { partition, high } of ends) consumer.seek({ topic, partition, offset: high })
    return counts.known(topic) ?? 0
  }
  try {
    const partitions = await within(begin(), connectDeadlineMs, unreachable)
    return { partitions, stop: () => (closed ??= close()) }
  } catch (error) {
    await close()
    throw toTrouble(error, brokers)
  }
}
