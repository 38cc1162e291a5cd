/**
 * Real Kafka and real Postgres for the demo, tests and benches on a machine that may have neither:
 * those named in the environment, or containers, or processes started here. Whatever is started
 * here ends with the process that asked for it, also when that one crashes or is killed.
 */
import { type LocalConfig, readLocalConfig } from './config.ts'
import { isDockerAnswering } from './docker-engine.ts'
import { LocalPartsError } from './errors.ts'
import { type LocalKafka, startLocalKafka } from './local-kafka.ts'
import { type LocalPostgres, startLocalPostgres } from './local-postgres.ts'
import type { Report } from './report.ts'

export type LocalPartsOptions = {
  /** Told in single lines what was chosen, what is fetched and started, and how long it took. */
  readonly report: Report
  /** How many Kafka brokers; one unless said. More than one never runs in containers. */
  readonly brokers?: number
  /** True: a broker of ours compiles what is hot and has the memory for it, as in production. */
  readonly isForLoad?: boolean
  /** What the environment says, unless given. */
  readonly config?: LocalConfig
}

export type LocalParts = {
  readonly kafka: LocalKafka
  readonly postgres: LocalPostgres
  /** Creates a database and gives its URL. @throws LocalPartsError LOCAL_DATABASE_FAILED */
  readonly createDatabase: (name: string) => Promise<string>
  /** Ends both and removes their data; may be called again. */
  readonly stop: () => Promise<void>
}

/**
 * Starts both at once; if one cannot start, the other is stopped again.
 * @throws LocalPartsError LOCAL_CONFIG_INVALID, LOCAL_KAFKA_UNAVAILABLE,
 * LOCAL_POSTGRES_UNAVAILABLE, LOCAL_START_FAILED
 */
export async function startLocalParts(options: LocalPartsOptions): Promise<LocalParts> {
  const { report, brokers: brokerCount = 1, isForLoad, config = readLocalConfig() } = options
  const isDockerUsable = await mayUseDocker(config)
  const [kafka, postgres] = await Promise.allSettled([
    startLocalKafka({ config, isDockerUsable, brokerCount, isForLoad, report }),
    startLocalPostgres({ config, isDockerUsable, report }),
  ])
  if (kafka.status === 'fulfilled' && postgres.status === 'fulfilled') {
    return joined(kafka.value, postgres.value)
  }
  if (kafka.status === 'fulfilled') await kafka.value.remove()
  if (postgres.status === 'fulfilled') await postgres.value.remove()
  throw kafka.status === 'rejected' ? kafka.reason : (postgres as PromiseRejectedResult).reason
}

function joined(kafka: LocalKafka, postgres: LocalPostgres): LocalParts {
  let stopped: Promise<void> | undefined
  const removeBoth = async () => {
    await Promise.all([kafka.remove(), postgres.remove()])
  }
  return {
    kafka,
    postgres,
    createDatabase: postgres.createDatabase,
    stop: () => {
      stopped ??= removeBoth()
      return stopped
    },
  }
}

async function mayUseDocker(config: LocalConfig): Promise<boolean> {
  const isAllGiven = config.kafkaBrokers !== undefined && config.databaseUrl !== undefined
  if (config.prefer === 'bare' || isAllGiven) return false
  const isAnswering = await isDockerAnswering(config.dockerHost)
  if (config.prefer === 'container' && !isAnswering) {
    const detail = 'SAGALINE_LOCAL asks for containers, but no Docker engine answers.'
    throw new LocalPartsError('LOCAL_KAFKA_UNAVAILABLE', detail)
  }
  return isAnswering
}
