// The orchestrator as a process: `node orchestrator/main.ts` runs it, `… migrate` prepares its
// database and topics and ends, `… keys` makes and revokes the keys of REST, `… rebuild-search` has
// the read model made anew. Everything it needs comes from the environment: config.ts.
import { inspect } from 'node:util'
import type { Bus } from '../messaging/bus.ts'
import { createCipher } from '../messaging/cipher.ts'
import { realClock } from '../messaging/clock.ts'
import { databaseUrlOf, kafkaBusOptions, secretsInFiles } from '../messaging/connections.ts'
import { type Db, openDb } from '../messaging/db.ts'
import { SagalineError } from '../messaging/errors.ts'
import { secretHider } from '../messaging/hide-secrets.ts'
import { createKafkaBus } from '../messaging/kafka/kafka-bus.ts'
import { type GroupMember, leaveGroups } from '../messaging/kafka/leave-groups.ts'
import { createLog, type Log } from '../messaging/log.ts'
import type { LogTopic } from '../messaging/log-topic.ts'
import { createMetrics, noMetrics } from '../messaging/metrics.ts'
import { openLogTopic } from '../messaging/open-log-topic.ts'
import { loadOpenTelemetry } from '../messaging/open-telemetry.ts'
import { SessionLock } from '../messaging/session-lock.ts'
import type { Tracing } from '../messaging/tracing.ts'
import { accessOptions } from './access-fields.ts'
import {
  describeOrchestratorConfig,
  type OrchestratorConfig,
  orchestratorSecrets,
  readDatabaseConfig,
  readOrchestratorConfig,
} from './config.ts'
import { GroupMembers } from './coordinator/group-members.ts'
import { runKeysCommand } from './keys-command.ts'
import { loadDefinitions } from './load-definitions.ts'
import { migrateOrchestrator } from './migrate-orchestrator.ts'
import { createOrchestrator } from './orchestrator.ts'
import { holdInstance } from './store/group-members.ts'
import { askRebuild } from './store/search-pass.ts'

/** An orderly stop that takes longer is cut off; what is not finished comes again. */
const stopMsMax = 30_000

/** Begins the names of its connections in pg_stat_activity. */
const applicationName = 'sagaline'

type Running = { stop(): Promise<void> }

try {
  if (process.argv[2] === 'keys') await keys()
  else if (process.argv[2] === 'rebuild-search') await rebuildSearch()
  else await runOrMigrate()
} catch (error) {
  const hide = secretHider(orchestratorSecrets())
  // A refusal to start is said in a sentence; a bug keeps its stack.
  const isSaid = error instanceof SagalineError
  console.error(hide(isSaid ? `${error.code}: ${error.message}` : inspect(error)))
  process.exit(1)
}

async function keys(): Promise<void> {
  await withDatabase('sagaline-keys', async (db) => {
    const lines = await runKeysCommand(db, process.argv.slice(3), realClock.newId())
    for (const line of lines) console.log(line)
  })
}

/** The orchestrators that run do it, or the next one that starts. */
async function rebuildSearch(): Promise<void> {
  await withDatabase('sagaline-rebuild-search', askRebuild)
  console.log('the read model will be made anew')
}

async function withDatabase(name: string, work: (db: Db) => Promise<void>): Promise<void> {
  const url = databaseUrlOf(readDatabaseConfig())
  const db = openDb({ url, applicationName: name, connectionsMax: 1 })
  try {
    await work(db)
  } finally {
    await db.stop()
  }
}

async function runOrMigrate(): Promise<void> {
  const config = readOrchestratorConfig()
  const secrets = [...orchestratorSecrets(), ...secretsInFiles(config)]
  const tracing = config.tracing ? await loadOpenTelemetry() : null
  const isRun = process.argv[2] !== 'migrate'
  const logTopic = isRun ? openLogTopic(config) : null
  const copyTo = logTopic === null ? undefined : (line: string) => logTopic.write(line)
  const log = createLog({ name: 'orchestrator', level: config.logLevel, secrets, tracing, copyTo })
  if (isRun) await run(config, { log, tracing, logTopic })
  else await migrateOnly(config, log)
}

async function migrateOnly(config: OrchestratorConfig, log: Log): Promise<void> {
  const bus = openBus(config, log)
  await bus.start()
  await migrateOrchestrator({
    databaseUrl: databaseUrlOf(config),
    bus,
    definitions: await loadDefinitions(config.definitions),
    log,
    topics: {
      partitions: config.topicPartitions,
      replicationFactor: config.topicReplicationFactor,
    },
    ...(config.logTopic !== '' && { logTopic: config.logTopic }),
  })
  await bus.stop()
  log.info('orchestrator.migrated')
}

type Telling = {
  readonly log: Log
  readonly tracing: Tracing | null
  readonly logTopic: LogTopic | null
}

async function run(config: OrchestratorConfig, telling: Telling): Promise<void> {
  const { log, tracing, logTopic } = telling
  // A parent that is gone before this one is ready: there is nothing to finish.
  process.once('disconnect', () => process.exit(1))
  logTopic?.start()
  log.info('orchestrator.config', { config: describeOrchestratorConfig(config) })
  const db = openDatabase(config, log)
  const members = openMembers(config, db, log)
  const bus = openBus(config, log, (member) => members.joined(member))
  const metrics = config.metrics ? createMetrics({ log, ofProcess: true }) : noMetrics
  logTopic?.watch(metrics)
  const orchestrator = createOrchestrator({
    definitions: await loadDefinitions(config.definitions),
    db,
    bus,
    clock: realClock,
    log,
    http: { host: config.host, port: config.port, ...accessOptions(config) },
    cipher: createCipher(config.encryptionKeys ?? []),
    ...(config.archiveFolder !== '' && { archiveFolder: config.archiveFolder }),
    ...(tracing && { tracing }),
    metrics,
    ...(config.logTopic !== '' && { logTopic: config.logTopic }),
    allowMissingDefinitions: config.allowMissingDefinitions,
    links: { trace: config.traceUrl, logs: config.logUrl },
    faultServices: config.faultServices,
  })
  await bus.start()
  await members.start()
  const { url } = await orchestrator.start()
  process.removeAllListeners('disconnect')
  stopOnSignal([orchestrator, bus, members, db, ...(logTopic ? [logTopic] : [])], log)
  log.info('orchestrator.ready', { url })
  process.send?.({ type: 'ready', url })
}

function openMembers(config: OrchestratorConfig, db: Db, log: Log): GroupMembers {
  const instanceId = realClock.newId()
  const lock = new SessionLock({
    url: databaseUrlOf(config),
    applicationName,
    statement: { ...holdInstance, values: [instanceId] },
    onConnectionError: (error) => log.warn('postgres.connection.lost', { error }),
  })
  const connection = { ...kafkaBusOptions(config), log }
  const leave = (dead: readonly GroupMember[]) => leaveGroups(connection, dead)
  return new GroupMembers({ instanceId, db, lock, leave, clock: realClock, log })
}

function openBus(
  config: OrchestratorConfig,
  log: Log,
  onJoined: (member: GroupMember) => void = () => undefined,
): Bus {
  const onFatal = (error: Error) => {
    log.error('orchestrator.fatal', { error })
    process.exit(1)
  }
  return createKafkaBus({ ...kafkaBusOptions(config), clock: realClock, log, onFatal, onJoined })
}

function openDatabase(config: OrchestratorConfig, log: Log): Db {
  return openDb({
    url: databaseUrlOf(config),
    applicationName,
    connectionsMax: config.databaseConnectionsMax,
    onConnectionError: (error) => log.warn('postgres.connection.lost', { error }),
  })
}

function stopOnSignal(parts: readonly Running[], log: Log): void {
  let isStopping = false
  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    log.info('orchestrator.stopping')
    setTimeout(() => process.exit(1), stopMsMax).unref()
    for (const part of parts) await part.stop()
    log.info('orchestrator.stopped')
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop())
  // Started by another program with a channel, it ends with that program.
  process.on('disconnect', () => void stop())
}
