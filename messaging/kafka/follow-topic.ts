// Everything that comes to a topic from now on, for programs that ask something and read the
// answers. It joins a group of its own, commits nothing, and removes the group again.
import type { IncomingRecord } from '../bus.ts'
import type { Clock } from '../clock.ts'
import { messagingError, SagalineError } from '../errors.ts'
import type { Log } from '../log.ts'
import {
  adminConfig,
  clientConfig,
  consumerConfig,
  defaultTimings,
  type KafkaConnection,
} from './client-settings.ts'
import { loadKafkaJs } from './load-kafkajs.ts'
import { toInside } from './prefixed-bus.ts'
import { toIncomingRecords } from './to-incoming-records.ts'
import { TopicPartitions } from './topic-partitions.ts'
import { within } from './within.ts'

export type FollowTopicOptions = KafkaConnection & {
  readonly topic: string
  readonly log: Log
  readonly clock: Clock
  /** The beginning of the group's name, for rights. */
  readonly groupPrefix: string
  /** Called with each record, older ones may be among them; a partition's come in their order, a
   * broker's trouble repeats some. */
  readonly take: (record: IncomingRecord) => void
}

export type Following = {
  /** Of the topic. */
  readonly partitions: number
  /** Resolves when nothing is taken any more and the group is gone. Idempotent. */
  stop(): Promise<void>
}

/**
 * Resolves once its place is fixed: of what is sent from then on nothing is missed.
 * @throws TOPIC_MISSING, BROKER_UNREACHABLE
 */
export async function followTopic(options: FollowTopicOptions): Promise<Following> {
  const { log, clock, brokers, groupPrefix, take, prefix = '' } = options
  const topic = `${prefix}${options.topic}`
  const { Kafka } = loadKafkaJs()
  const kafka = new Kafka(clientConfig(options, log))
  const admin = kafka.admin(adminConfig)
  const groupId = `${prefix}${groupPrefix}-${clock.newId()}`
  let isFollowing = true
  const consumer = kafka.consumer(consumerConfig({ groupId }, defaultTimings, () => isFollowing))
  const { connectDeadlineMs, stopDeadlineMs } = defaultTimings
  const unreachable = (problem: string, cause?: unknown) =>
    messagingError('BROKER_UNREACHABLE', { brokers: brokers.join(','), problem }, cause)
  let stopped: Promise<void> | null = null
  const stop = async () => {
    isFollowing = false
    const left = consumer.disconnect().then(() => admin.deleteGroups([groupId]))
    const ends = left.catch(() => undefined).then(() => admin.disconnect())
    await within(ends, stopDeadlineMs, () => new Error('late')).catch((error: unknown) =>
      log.warn('kafka.stop.incomplete', { error }),
    )
  }
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
    const partitions = await within(begin(), connectDeadlineMs, () => unreachable('no answer'))
    return { partitions, stop: () => (stopped ??= stop()) }
  } catch (error) {
    await stop()
    if (error instanceof SagalineError) throw error
    throw unreachable(error instanceof Error ? error.message : String(error), error)
  }
}
