// The orchestrator's settings, from the environment. Read once, by main.ts.
import {
  type Config,
  type ConfigField,
  describeConfig,
  parseBoolean,
  parseInteger,
  parseText,
  readConfig,
  secretsIn,
} from '../messaging/config.ts'
import {
  encryptionFields,
  kafkaFields,
  logFields,
  postgresFields,
  topicFields,
  watchFields,
} from '../messaging/config-fields.ts'
import { accessFields, jwtProblem } from './access-fields.ts'
import { faultsProblem, linkFields } from './link-fields.ts'

const field = <T>(options: ConfigField<T>): ConfigField<T> => options

const fields = {
  ...logFields,
  ...postgresFields,
  ...kafkaFields,
  ...topicFields,
  ...encryptionFields,
  ...watchFields,
  definitions: field<readonly string[]>({
    env: 'SAGALINE_DEFINITIONS',
    parse: (text) => text.split(',').map((path) => path.trim()),
    why: 'Modules that export sagas, as paths from the working directory, separated by commas.',
  }),
  host: field({
    env: 'HOST',
    parse: parseText,
    default: '127.0.0.1',
    why: 'The address that REST listens on; any other than those of loopback takes AUTH.',
  }),
  port: field({
    env: 'PORT',
    parse: parseInteger(0, 65_535),
    default: 3000,
    why: 'The port of REST; 0 takes a free one.',
  }),
  ...accessFields,
  ...linkFields,
  archiveFolder: field({
    env: 'ARCHIVE_FOLDER',
    parse: parseText,
    default: '',
    why: 'A folder that `sagaline retention --archive` wrote; REST shows the sagas in it, marked as archived.',
  }),
  allowMissingDefinitions: field({
    env: 'ALLOW_MISSING_DEFINITIONS',
    parse: parseBoolean,
    default: false,
    why: 'Starts although living sagas need definitions that are not loaded; those sagas wait.',
  }),
}

export type OrchestratorConfig = Config<typeof fields>

/** @throws CONFIG_INVALID with every problem at once. */
export function readOrchestratorConfig(): OrchestratorConfig {
  return readConfig(process.env, fields, [jwtProblem, faultsProblem])
}

const databaseFields = { ...logFields, ...postgresFields }

/** What a command needs that works on the database alone. @throws CONFIG_INVALID. */
export function readDatabaseConfig(): Config<typeof databaseFields> {
  return readConfig(process.env, databaseFields)
}

/** What must never be shown of the settings. */
export function orchestratorSecrets(): readonly string[] {
  return secretsIn(process.env, fields)
}

export function describeOrchestratorConfig(config: OrchestratorConfig): unknown {
  return describeConfig(config, fields)
}
