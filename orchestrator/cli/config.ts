// The settings that the command line takes from the environment: what must not stand in a list of
// processes, and how to log in. Read when a command asks for them.
import {
  type Config,
  type ConfigField,
  parseText,
  parseUrl,
  readConfig,
} from '../../messaging/config.ts'
import {
  encryptionFields,
  kafkaFields,
  postgresFields,
  topicFields,
  watchFields,
} from '../../messaging/config-fields.ts'

const { kafkaBrokers, ...kafkaLogin } = kafkaFields
const { databasePasswordFile, databaseCaFile } = postgresFields

const fields = {
  ...encryptionFields,
  ...kafkaLogin,
  ...topicFields,
  databasePasswordFile,
  databaseCaFile,
  logTopic: watchFields.logTopic,
  kafkaBrokers: { ...kafkaBrokers, default: null } as ConfigField<readonly string[] | null>,
  apiKey: {
    env: 'SAGALINE_API_KEY',
    parse: parseText,
    default: '',
    isSecret: true,
    why: 'How commands log in to REST: an API key, or a token.',
  } as ConfigField<string>,
  url: {
    env: 'SAGALINE_URL',
    parse: parseUrl('http', 'https'),
    default: 'http://127.0.0.1:3000',
    why: 'Where REST of the orchestrator is, where `--url` is not given.',
  } as ConfigField<string>,
  actor: {
    env: 'SAGALINE_ACTOR',
    parse: parseText,
    default: '',
    why: 'Who does what changes sagas, where `--actor` is not given; else the user of the system.',
  } as ConfigField<string>,
  definitions: {
    env: 'SAGALINE_DEFINITIONS',
    parse: (text) => text.split(',').map((path) => path.trim()),
    default: null,
    why: 'Modules that export sagas, where `--definitions` is not given; else those of the folder.',
  } as ConfigField<readonly string[] | null>,
  databaseUrl: {
    env: 'DATABASE_URL',
    parse: parseUrl('postgres', 'postgresql'),
    default: null,
    why: 'The database of the orchestrator, where `--database` is not given.',
  } as ConfigField<string | null>,
}

export type CliConfig = Config<typeof fields>

/** @throws CONFIG_INVALID with every problem at once. */
export function readCliConfig(): CliConfig {
  return readConfig(process.env, fields)
}

/** For processes that a command starts: all that this one has, and more. */
export function environmentWith(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...more }
}
