/** Chooses where Kafka comes from and starts it. Called by startLocalParts. */
import { startBareKafka } from './bare-kafka.ts'
import type { LocalConfig } from './config.ts'
import { startKafkaContainer } from './containers.ts'
import { LocalPartsError, reasonOf } from './errors.ts'
import { barePart, foreignPart, type LocalPart } from './local-part.ts'
import type { Report } from './report.ts'

export type LocalKafka = LocalPart & { readonly brokers: readonly string[] }

export type LocalKafkaOptions = {
  readonly config: LocalConfig
  readonly isDockerUsable: boolean
  readonly brokerCount: number
  readonly isForLoad?: boolean | undefined
  readonly report: Report
}

/** @throws LocalPartsError LOCAL_KAFKA_UNAVAILABLE, LOCAL_START_FAILED */
export async function startLocalKafka(options: LocalKafkaOptions): Promise<LocalKafka> {
  const { config, brokerCount, isForLoad, report } = options
  if (config.kafkaBrokers !== undefined) {
    report(`kafka: KAFKA_BROKERS says ${config.kafkaBrokers.join(',')}`)
    return { ...foreignPart('given', async () => {}), brokers: config.kafkaBrokers }
  }
  const inContainer = await triedContainer(options)
  if (inContainer !== undefined) return inContainer
  const servers = await startBareKafka({ config, brokerCount, isForLoad, report })
  return { ...barePart(servers), brokers: servers.map(({ port }) => `127.0.0.1:${port}`) }
}

async function triedContainer(options: LocalKafkaOptions): Promise<LocalKafka | undefined> {
  const { config, isDockerUsable, brokerCount, report } = options
  if (!isDockerUsable) return undefined
  if (brokerCount > 1) {
    report('kafka: a cluster of several brokers runs as processes, not in containers')
    return undefined
  }
  try {
    const { address, stop } = await startKafkaContainer(report)
    return { ...foreignPart('container', stop), brokers: [address] }
  } catch (error) {
    const reason = `its container did not start (${reasonOf(error)})`
    if (config.prefer === 'container') {
      throw new LocalPartsError('LOCAL_KAFKA_UNAVAILABLE', `${reason}.`, { cause: error })
    }
    report(`kafka: ${reason}; trying Java`)
    return undefined
  }
}
