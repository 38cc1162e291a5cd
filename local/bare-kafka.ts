/**
 * Real Apache Kafka as plain Java processes: one broker, or a cluster of several, on loopback.
 * Called by local-kafka.ts where neither a given Kafka nor a container is used.
 */
import { type BrokerPorts, formattedBroker } from './broker-process.ts'
import { classArchive } from './class-archive.ts'
import { clusterId } from './cluster-id.ts'
import type { LocalConfig } from './config.ts'
import { findJava } from './find-java.ts'
import { freePorts } from './free-ports.ts'
import type { KafkaProgram } from './kafka-command.ts'
import { kafkaJars } from './kafka-jars.ts'
import { kafkaVersion } from './kafka-settings.ts'
import { isPortTaken, type KeptServer } from './kept-server.ts'
import { type Report, seconds } from './report.ts'

const portTriesMax = 3

export type BareKafkaOptions = {
  readonly config: LocalConfig
  readonly brokerCount: number
  readonly report: Report
}

/** @throws LocalPartsError LOCAL_KAFKA_UNAVAILABLE, LOCAL_START_FAILED */
export async function startBareKafka(options: BareKafkaOptions): Promise<readonly KeptServer[]> {
  const { config, brokerCount, report } = options
  const java = await findJava(config.javaHome)
  const jars = await kafkaJars(config, report)
  const program = { java, jars, archive: await classArchive(java, jars, report) }
  const startedAt = performance.now()
  const servers = await startOnFreePorts(program, brokerCount, report)
  const places = servers.map(({ port }) => `127.0.0.1:${port}`).join(',')
  report(`kafka: Apache Kafka ${kafkaVersion} on Java at ${places} in ${seconds(startedAt)}`)
  return servers
}

async function startOnFreePorts(
  program: KafkaProgram,
  brokerCount: number,
  report: Report,
): Promise<readonly KeptServer[]> {
  for (let tried = 1; ; tried += 1) {
    const ports = await pairsOfPorts(brokerCount)
    try {
      return await startCluster(program, ports, report)
    } catch (error) {
      // Somebody took a port between our finding it free and the broker's use of it.
      if (!isPortTaken(error) || tried === portTriesMax) throw error
    }
  }
}

async function pairsOfPorts(count: number): Promise<readonly BrokerPorts[]> {
  const ports = await freePorts(2 * count)
  return ports.slice(0, count).map((client, at) => ({ client, controller: ports[count + at] ?? 0 }))
}

async function startCluster(
  program: KafkaProgram,
  ports: readonly BrokerPorts[],
  report: Report,
): Promise<readonly KeptServer[]> {
  const id = clusterId()
  const formatted = await Promise.allSettled(
    ports.map((_, at) =>
      formattedBroker({ program, clusterId: id, nodeId: at + 1, ports, report }),
    ),
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
