// The settings that every example service has, to be spread into the fields of its `config.ts`.
import {
  type Config,
  type ConfigField,
  encryptionFields,
  kafkaFields,
  logFields,
  parseBoolean,
  parseInteger,
  parseText,
  postgresFields,
  topicFields,
  watchFields,
} from '../../participant/index.ts'

const field = <T>(options: ConfigField<T>): ConfigField<T> => options

export const serviceFields = {
  ...logFields,
  ...postgresFields,
  ...kafkaFields,
  ...topicFields,
  ...encryptionFields,
  ...watchFields,
  batchRecordsMax: field({
    env: 'BATCH_RECORDS_MAX',
    parse: parseInteger(1, 5_000),
    default: 500,
    unit: 'commands',
    why: 'In one transaction; more is faster under load and makes each one longer.',
  }),
  healthHost: field({
    env: 'HEALTH_HOST',
    parse: parseText,
    default: '127.0.0.1',
    why: 'The address that health is told on; 0.0.0.0 for probes from other machines.',
  }),
  healthPort: field({
    env: 'HEALTH_PORT',
    parse: parseInteger(0, 65_535),
    default: 0,
    why: 'The port of /health/live, /health/ready, /metrics and what else it answers; 0 opens none.',
  }),
  faultsEnabled: field({
    env: 'FAULTS_ENABLED',
    parse: parseBoolean,
    default: false,
    why: 'true opens /faults beside health, for this machine alone: faults on purpose. Needs HEALTH_PORT; refused with NODE_ENV=production.',
  }),
  nodeEnv: field({
    env: 'NODE_ENV',
    parse: parseText,
    default: '',
    why: 'production keeps faults from being enabled.',
  }),
}

export type ServiceConfig = Config<typeof serviceFields>
