/**
 * Real Apache Kafka as plain Java processes: one broker, or a cluster of several, on loopback.
 * Called by local-kafka.ts where neither a given Kafka nor a container is used.
 */
import {
  type BrokerOptions,
  type BrokerPorts,
  type BrokerWay,
  formattedBroker,
} from './broker-process.ts'
import { classArchive } from './class-archive.ts'
import { clusterId } from './cluster-id.ts'
import type { LocalConfig } from './config.ts'
import { findJava } from './find-java.ts'
import { freePorts } from './free-ports.ts'
import { type KafkaProgram, loadFlags } from './kafka-command.ts'
import { kafkaJars } from './kafka-jars.ts'
import { kafkaVersion } from './kafka-settings.ts'
import { isPortTaken, type KeptServer } from './kept-server.ts'
import { type Report, seconds } from './report.ts'

const portTriesMax = 3

export type BareKafkaOptions = {
  readonly config: LocalConfig
  readonly brokerCount: number
  readonly isForLoad?: boolean | undefined
  readonly report: Report
}

/** @throws LocalPartsError LOCAL_KAFKA_UNAVAILABLE, LOCAL_START_FAILED */
export async function startBareKafka(options: BareKafkaOptions): Promise<readonly KeptServer[]> {
  const { servers } = await startKafkaCluster({ ...options, ways: [] })
  return servers
}

/** A way into the cluster beside the usual one, e.g. through proxies. */
export type ClusterWay = {
  /** Letters and digits. */
  readonly name: string
  /** For each broker, the port on loopback at which clients of this way are told to find it. */
  readonly advertised: readonly number[]
}

export type KafkaCluster = {
  /** One a broker, each of which can be taken away and brought back. */
  readonly servers: readonly KeptServer[]
  /** For each way the brokers' own ports, to which whatever is advertised must lead. */
  readonly ways: Readonly<Record<string, readonly number[]>>
}

/**
 * From three brokers on, topics have three replicas, two of them in sync at the least.
 * @throws LocalPartsError LOCAL_KAFKA_UNAVAILABLE, LOCAL_START_FAILED
 */
export async function startKafkaCluster(
  options: BareKafkaOptions & { readonly ways: readonly ClusterWay[] },
): Promise<KafkaCluster> {
  const { config, report } = options
  const java = await findJava(config.javaHome)
  const jars = await kafkaJars(config, report)
  const program = { java, jars, archive: await classArchive(java, jars, report) }
  const startedAt = performance.now()
  const cluster = await startOnFreePorts(program, options)
  const places = cluster.servers.map(({ port }) => `127.0.0.1:${port}`).join(',')
  report(`kafka: Apache Kafka ${kafkaVersion} on Java at ${places} in ${seconds(startedAt)}`)
  return cluster
}

async function startOnFreePorts(
  program: KafkaProgram,
  { brokerCount, ways, isForLoad = false, report }: Parameters<typeof startKafkaCluster>[0],
): Promise<KafkaCluster> {
  for (let tried = 1; ; tried += 1) {
    const ports = await portsOfBrokers(brokerCount, ways)
    try {
      const extraFlags = isForLoad ? loadFlags : []
      const servers = await startCluster({ program, ports, extraFlags, report })
      return { servers, ways: portsByWay(ports) }
    } catch (error) {
      // Somebody took a port between our finding it free and the broker's use of it.
      if (!isPortTaken(error) || tried === portTriesMax) throw error
    }
  }
}

async function portsOfBrokers(
  count: number,
  ways: readonly ClusterWay[],
): Promise<readonly BrokerPorts[]> {
  const free = [...(await freePorts((2 + ways.length) * count))]
  const next = () => free.pop() ?? 0
  return Array.from({ length: count }, (_, at) => ({
    client: next(),
    controller: next(),
    ways: ways.map(({ name, advertised }) => {
      return { name, listen: next(), advertised: advertised[at] ?? 0 }
    }),
  }))
}

function portsByWay(ports: readonly BrokerPorts[]): KafkaCluster['ways'] {
  const all: readonly BrokerWay[] = ports.flatMap(({ ways = [] }) => ways)
  const byName = Map.groupBy(all, ({ name }) => name)
  return Object.fromEntries(
    [...byName].map(([name, same]) => [name, same.map(({ listen }) => listen)]),
  )
}

async function startCluster(
  options: Omit<BrokerOptions, 'clusterId' | 'nodeId'>,
): Promise<readonly KeptServer[]> {
  const id = clusterId()
  const formatted = await Promise.allSettled(
    options.ports.map((_, at) => formattedBroker({ ...options, clusterId: id, nodeId: at + 1 })),
  )
  const servers = formatted.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  try {
    for (const one of formatted) if (one.status === 'rejected') throw one.reason
    await Promise.all(servers.map((server) => server.start()))
    return servers
  } catch (error) {
    await Promise.all(servers.map((server) => server.remove()))
    throw error
  }
}
