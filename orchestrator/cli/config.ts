// The settings that the command line takes from the environment: what must not stand in a list of
// processes, and how to log in. Read when a command asks for them.
import {
  type Config,
  type ConfigField,
  parseText,
  parseUrl,
  readConfig,
} from '../../messaging/config.ts'
import { encryptionFields, kafkaFields, postgresFields } from '../../messaging/config-fields.ts'

const { kafkaBrokers, ...kafkaLogin } = kafkaFields
const { databasePasswordFile, databaseCaFile } = postgresFields

const fields = {
  ...encryptionFields,
  ...kafkaLogin,
  databasePasswordFile,
  databaseCaFile,
  kafkaBrokers: { ...kafkaBrokers, default: null } as ConfigField<readonly string[] | null>,
  apiKey: {
    env: 'SAGALINE_API_KEY',
    parse: parseText,
    default: '',
    isSecret: true,
    why: 'How commands with `--url` log in to REST: an API key, or a token.',
  } as ConfigField<string>,
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
