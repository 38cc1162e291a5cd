// Everything that a topic holds at one moment, read once from its beginning, for programs that
// look and go. It joins a group of its own, commits nothing, and removes the group again.
import type { Admin, Consumer } from 'kafkajs'
import { messagingError } from '../errors.ts'
import { defaultTimings } from './client-settings.ts'
import { openPassing, type PassingOptions } from './passing-consumer.ts'
import { toInside } from './prefixed-bus.ts'
import { toIncomingRecords } from './to-incoming-records.ts'
import { TopicPartitions } from './topic-partitions.ts'
import { toTrouble } from './trouble.ts'
import { within } from './within.ts'

export type ReadTopic = {
  readonly records: number
  /**
   * Null when nothing was removed from its beginning; else the latest time (ms since the epoch) of
   * a first record in a partition that lost some: from then on it has everything.
   */
  readonly oldestKept: number | null
}

/** Without a record for so long, it gives up. */
const stallMsMax = 30_000

type Range = { readonly low: bigint; readonly high: bigint }

/** @throws TOPIC_MISSING, KAFKA_FORBIDDEN, BROKER_UNREACHABLE when nothing comes any more. */
export async function readTopic(options: PassingOptions): Promise<ReadTopic> {
  const { brokers } = options
  const { topic, admin, consumer, close } = openPassing(options)
  const { connectDeadlineMs } = defaultTimings
  const unreachable = (problem: string) =>
    messagingError('BROKER_UNREACHABLE', { brokers: brokers.join(','), problem })
  try {
    await within(admin.connect(), connectDeadlineMs, () => unreachable('no answer'))
    await new TopicPartitions(admin, brokers).load([topic], connectDeadlineMs)
    const ranges = await rangesOf(admin, topic)
    return await readRanges(consumer, {
      options,
      topic,
      ranges,
      stalled: () => unreachable('it stalls'),
    })
  } catch (error) {
    throw toTrouble(error, brokers)
  } finally {
    await close()
  }
}

/** Of the partitions that hold something. */
async function rangesOf(admin: Admin, topic: string): Promise<ReadonlyMap<number, Range>> {
  const offsets = await admin.fetchTopicOffsets(topic)
  const ranges = offsets.map(({ partition, low, high }) => {
    return [partition, { low: BigInt(low), high: BigInt(high) }] as const
  })
  return new Map(ranges.filter(([, { low, high }]) => low < high))
}

type Reading = {
  readonly options: PassingOptions
  /** As it is called on the wire. */
  readonly topic: string
  readonly ranges: ReadonlyMap<number, Range>
  readonly stalled: () => Error
}

async function readRanges(
  consumer: Consumer,
  { options, topic, ranges, stalled }: Reading,
): Promise<ReadTopic> {
  const missing = new Set(ranges.keys())
  const read: { records: number; oldestKept: number | null } = { records: 0, oldestKept: null }
  if (missing.size === 0) return read
  const seen = new Set<number>()
  let progress = Promise.withResolvers<void>()
  progress.promise.catch(() => undefined)
  // One that starts again by itself begins anew, since nothing is committed.
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) progress.reject(error)
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const range = ranges.get(batch.partition)
      for (const record of range === undefined ? [] : toIncomingRecords(batch)) {
        if (!seen.has(record.partition) && range !== undefined && range.low > 0n) {
          read.oldestKept = Math.max(read.oldestKept ?? 0, record.timestamp.getTime())
        }
        seen.add(record.partition)
        read.records += 1
        options.take(toInside(options.prefix ?? '', record))
      }
      if (range !== undefined && BigInt(batch.lastOffset()) >= range.high - 1n) {
        missing.delete(batch.partition)
      }
      progress.resolve()
      progress = Promise.withResolvers<void>()
      progress.promise.catch(() => undefined)
    },
  })
  while (missing.size > 0) await within(progress.promise, stallMsMax, stalled)
  return read
}
