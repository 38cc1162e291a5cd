// Creates topics that are missing, with the settings that every Sagaline topic needs; never
// changes one that exists. Several starters may do so at once. Called by the bus for the migrate
// step and for tests.
import type { Admin, ITopicConfig } from 'kafkajs'
import type { TopicSpec } from '../bus.ts'
import type { Clock } from '../clock.ts'
import { messagingError } from '../errors.ts'
import { isMissing } from './trouble.ts'

const dayMs = 24 * 60 * 60 * 1_000

/** What every topic of Sagaline needs; why is said beside each. */
export const commonSettings = {
  // One lz4, zstd or snappy batch from any producer would kill a kafkajs consumer for good; with
  // this the broker unpacks it. Unlike with gzip, ours are then stored as they come, and the limit
  // below holds for what is unpacked: a few bytes cannot become a gigabyte in a consumer.
  'compression.type': 'uncompressed',
  // Of a whole batch: bounds what one fetch can bring into memory.
  'max.message.bytes': '262144',
  // Longer than the longest saga and the longest outage together.
  'retention.ms': String(14 * dayMs),
  'cleanup.policy': 'delete',
  // A replica that lags must not become leader and drop what was confirmed.
  'unclean.leader.election.enable': 'false',
} as const

/** How long the controller may take. */
const createTimeoutMs = 10_000

/** A new topic is known to the brokers a moment after the controller has made it. */
const visible = { pauseMs: 50, triesMax: 200 }

export async function ensureTopics(
  admin: Admin,
  specs: readonly TopicSpec[],
  clock: Clock,
): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const missing = specs.filter((spec) => !existing.has(spec.name))
  // One by one: kafkajs fails a list of which another starter has created a part.
  for (const spec of missing) {
    await admin.createTopics({
      topics: [toTopicConfig(spec)],
      timeout: createTimeoutMs,
      // kafkajs's own wait fails on the very error that it should wait out.
      waitForLeaders: false,
    })
  }
  for (const spec of missing) await waitUntilVisible(admin, spec.name, clock)
}

async function waitUntilVisible(admin: Admin, topic: string, clock: Clock): Promise<void> {
  for (let tries = 1; !(await hasLeaders(admin, topic)); tries += 1) {
    if (tries >= visible.triesMax) throw messagingError('TOPIC_MISSING', { topic })
    await clock.wait(visible.pauseMs)
  }
}

async function hasLeaders(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))
  } catch (error) {
    if (isMissing(error)) return false
    if (error instanceof Error && 'type' in error && error.type === 'LEADER_NOT_AVAILABLE') {
      return false
    }
    throw error
  }
}

function toTopicConfig(spec: TopicSpec): ITopicConfig {
  // One replica may be down without stopping the writers, and none is confirmed by one alone.
  const inSync = { 'min.insync.replicas': spec.replicationFactor >= 3 ? '2' : '1' }
  const settings = { ...commonSettings, ...inSync, ...spec.settings }
  return {
    topic: spec.name,
    numPartitions: spec.partitions,
    replicationFactor: spec.replicationFactor,
    configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
  }
}
