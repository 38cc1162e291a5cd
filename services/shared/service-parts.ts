// What a service's process is made of, and how it opens its parts. Used by `serve.ts` and
// `prepare.ts`.
import {
  type Bus,
  createKafkaBus,
  createLog,
  type Db,
  databaseUrlOf,
  type Faults,
  type Handler,
  kafkaBusOptions,
  type Log,
  type LogTopic,
  loadOpenTelemetry,
  type MigrationSet,
  openDb,
  openLogTopic,
  type Participant,
  participantMigrations,
  realClock,
  SagalineError,
  secretsInFiles,
  switchableFaults,
  type Tracing,
} from '../../participant/index.ts'
import type { ServiceConfig } from './service-fields.ts'

/** What a service does for others; a consumer of events does it as well. */
export type ServicePart = Pick<Participant, 'service' | 'topics' | 'start' | 'stop' | 'problem'>

export type ServiceAnswer = { readonly status: number; readonly body: unknown }

export type ServiceParts = {
  readonly config: ServiceConfig
  /** The settings as they may be logged. */
  readonly description: unknown
  readonly participant: ServicePart
  /** Null where none can be injected. */
  readonly faults: Faults | null
  /** The topics that it publishes events on. */
  readonly eventTopics: readonly string[]
  readonly migrations: MigrationSet
  /** What it answers to GET beside health, where it does; null for other paths. */
  readonly answer?: (db: Db, url: URL) => Promise<ServiceAnswer | null>
}

/** What tells of the process. */
export type Telling = {
  readonly log: Log
  readonly tracing: Tracing | null
  /** Null where lines go to standard output alone. */
  readonly logTopic: LogTopic | null
}

/** Makes the parts of a service and does something with them, or ends the process with why not. */
export async function withParts(
  make: () => ServiceParts,
  work: (parts: ServiceParts, telling: Telling) => Promise<void>,
): Promise<void> {
  try {
    const parts = make()
    const { participant, config } = parts
    const { service: name } = participant
    const { logLevel: level, kafkaPassword } = config
    const secrets = [kafkaPassword, ...secretsInFiles(config)]
    const tracing = config.tracing ? await loadOpenTelemetry() : null
    // A single task such as the migrate step has no time to send lines.
    const logTopic = process.argv[2] === undefined ? openLogTopic(config) : null
    const copyTo = logTopic === null ? undefined : (line: string) => logTopic.write(line)
    const log = createLog({ name, level, secrets, tracing, copyTo })
    await work(parts, { log, tracing, logTopic })
  } catch (error) {
    // A refusal to start is said in a sentence; a bug keeps its stack.
    console.error(error instanceof SagalineError ? `${error.code}: ${error.message}` : error)
    process.exit(1)
  }
}

/** @throws FAULTS_IN_PRODUCTION */
export function faultsOf(config: ServiceConfig, commands: readonly Handler[]): Faults | null {
  const { faultsEnabled: isEnabled, nodeEnv } = config
  return switchableFaults(commands, { isEnabled, nodeEnv, crash: killThisProcess })
}

/** As nothing else does: without a word, and without a chance to finish anything. */
function killThisProcess(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return new Promise(() => undefined)
}

export function migrationsOf({ migrations }: ServiceParts): readonly MigrationSet[] {
  return [...participantMigrations, migrations]
}

export function openDatabase({ config, participant }: ServiceParts, log: Log): Db {
  return openDb({
    url: databaseUrlOf(config),
    applicationName: participant.service,
    connectionsMax: config.databaseConnectionsMax,
    onConnectionError: (error) => log.warn('postgres.connection.lost', { error }),
  })
}

/** A bus that is lost for good ends the process; whatever runs services starts a new one. */
export function openBus({ config }: ServiceParts, log: Log): Bus {
  const onFatal = (error: Error) => {
    log.error('service.fatal', { error })
    process.exit(1)
  }
  return createKafkaBus({ ...kafkaBusOptions(config), clock: realClock, log, onFatal })
}
