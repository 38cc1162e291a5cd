// How many records of a topic a consumer group has not marked as done, as the brokers count them:
// also for a group whose members are all gone. Called by the bus.
import type { Admin } from 'kafkajs'
import type { TopicEdges } from '../bus.ts'

/** Of all partitions together. */
export async function groupLag(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const [groups, ...ends] = await Promise.all([
    admin.fetchOffsets({ groupId, topics: [...topics] }),
    ...topics.map((topic) => admin.fetchTopicOffsets(topic)),
  ])
  const lags = topics.map((topic, index) => {
    const committed = groups.find((one) => one.topic === topic)?.partitions ?? []
    const marks = new Map(committed.map(({ partition, offset }) => [partition, offset]))
    const left = (ends[index] ?? []).map((end) => leftOf(end, marks.get(end.partition)))
    return [topic, left.reduce((sum, one) => sum + one, 0)] as const
  })
  return Object.fromEntries(lags)
}

/** Without a mark the group begins at the oldest record; so it does at a mark that is gone. */
function leftOf({ low, high }: { low: string; high: string }, mark = '-1'): number {
  return Math.max(0, Number(high) - Math.max(Number(low), Number(mark)))
}

/** What the brokers hold of each partition. */
export async function topicEdges(admin: Admin, topics: readonly string[]): Promise<TopicEdges> {
  const found = await Promise.all(
    topics.map(async (topic) => {
      const edges: { low: number; high: number }[] = []
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        edges[partition] = { low: Number(low), high: Number(high) }
      }
      return [topic, edges] as const
    }),
  )
  return Object.fromEntries(found)
}
