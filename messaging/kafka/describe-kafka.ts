// How a Kafka stands, for whoever must say what is wrong with it: its brokers, and each wanted topic
// with its partitions, replicas and settings. Looks once and changes nothing.
import type { Admin } from 'kafkajs'
import type { Log } from '../log.ts'
import { adminConfig, clientConfig, type KafkaConnection } from './client-settings.ts'
import { loadKafkaJs } from './load-kafkajs.ts'
import { withoutPrefix } from './prefixed-bus.ts'
import { toTrouble } from './trouble.ts'
import { within } from './within.ts'

export type DescribedTopic = {
  readonly name: string
  readonly partitions: number
  /** The fewest that a partition has. */
  readonly replicas: number
  /** Partitions with fewer replicas in sync than they have. */
  readonly behind: number
  readonly settings: Readonly<Record<string, string>>
}

export type DescribedKafka = {
  readonly brokers: number
  /** Those of the wanted ones that exist. */
  readonly topics: readonly DescribedTopic[]
  /** Of one broker; empty where it may not be read. */
  readonly brokerSettings: Readonly<Record<string, string>>
}

export type DescribeOptions = KafkaConnection & {
  readonly topics: readonly string[]
  readonly log: Log
}

const describeMsMax = 8_000

/** @throws KAFKA_FORBIDDEN, BROKER_UNREACHABLE */
export async function describeKafka(options: DescribeOptions): Promise<DescribedKafka> {
  const { Kafka } = loadKafkaJs()
  const admin = new Kafka(clientConfig(options, options.log)).admin(adminConfig)
  const late = () => new Error('no answer')
  const { prefix = '' } = options
  const wanted = options.topics.map((topic) => `${prefix}${topic}`)
  const looked = admin.connect().then(() => look(admin, wanted))
  try {
    const found = await within(looked, describeMsMax, late)
    const inside = found.topics.map((one) => ({ ...one, name: withoutPrefix(prefix, one.name) }))
    return { ...found, topics: inside }
  } catch (error) {
    throw toTrouble(error, options.brokers)
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

/** As the protocol numbers what has settings. */
const resource = { topic: 2, broker: 4 } as const

async function look(admin: Admin, wanted: readonly string[]): Promise<DescribedKafka> {
  const { brokers } = await admin.describeCluster()
  const existing = new Set(await admin.listTopics())
  const names = wanted.filter((name) => existing.has(name))
  const settings = await settingsOf(admin, resource.topic, names)
  const { topics } =
    names.length === 0 ? { topics: [] } : await admin.fetchTopicMetadata({ topics: names })
  const first = String(brokers[0]?.nodeId ?? '')
  const ofBrokers = await settingsOf(admin, resource.broker, [first]).catch(() => new Map())
  return {
    brokers: brokers.length,
    topics: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.length,
      replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
      behind: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
      settings: settings.get(name) ?? {},
    })),
    brokerSettings: ofBrokers.get(first) ?? {},
  }
}

async function settingsOf(
  admin: Admin,
  type: (typeof resource)[keyof typeof resource],
  names: readonly string[],
): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  if (names.length === 0) return new Map()
  const asked = names.map((name) => ({ type, name }))
  const { resources } = await admin.describeConfigs({ resources: asked, includeSynonyms: false })
  return new Map(
    resources.map(({ resourceName, configEntries }) => [
      resourceName,
      Object.fromEntries(
        configEntries.map(({ configName, configValue }) => [configName, configValue]),
      ),
    ]),
  )
}
