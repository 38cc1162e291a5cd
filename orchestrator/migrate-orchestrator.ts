// What must be there before an orchestrator starts: its tables and its topics. Run by
// `main.ts migrate` as a step of its own, by any number of processes at once.
import type { Bus } from '../messaging/bus.ts'
import type { Log } from '../messaging/log.ts'
import {
  type MigrationSet,
  messagingMigrations,
  migrate,
  shippedSet,
} from '../messaging/migrate.ts'
import { eventsTopic, repliesTopic, signalsTopic, startsTopic } from '../messaging/topics.ts'
import type { SagaDefinition } from './definition/saga-definition.ts'

export const orchestratorMigrations: readonly MigrationSet[] = [
  messagingMigrations,
  shippedSet('orchestrator'),
]

export type MigrateOptions = {
  readonly databaseUrl: string
  readonly bus: Bus
  readonly definitions: readonly SagaDefinition[]
  readonly log: Log
  /** Of topics that do not exist yet; those that do are left as they are. */
  readonly topics: { readonly partitions: number; readonly replicationFactor: number }
  /** The topic of log lines, where there is one. */
  readonly logTopic?: string
}

/** Log lines are kept by whoever collects them; the topic is their way there. */
const logTopicSettings = { 'retention.ms': String(24 * 3_600_000) }

/** Creates what is missing. The bus must be started. */
export async function migrateOrchestrator(options: MigrateOptions): Promise<void> {
  const { databaseUrl, bus, definitions, log, topics, logTopic } = options
  await migrate({ url: databaseUrl, sets: orchestratorMigrations, log })
  await bus.ensureTopics(topicsOf(definitions).map((name) => ({ name, ...topics })))
  if (logTopic === undefined) return
  await bus.ensureTopics([{ name: logTopic, ...topics, settings: logTopicSettings }])
}

/** The topics of the orchestrator's own, and those of every command of the definitions. */
export function topicsOf(definitions: readonly SagaDefinition[]): readonly string[] {
  const commands = definitions.flatMap(({ steps }) =>
    [...steps.values()].flatMap(({ command }) => [command, command.undo ?? []].flat()),
  )
  const own = [repliesTopic, startsTopic, signalsTopic, eventsTopic]
  return [...new Set([...own, ...commands.map(({ topic }) => topic)])]
}
