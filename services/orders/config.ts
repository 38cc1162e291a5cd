// The order service's settings, from the environment. Read once, by main.ts.
import { describeConfig, readConfig } from '../../participant/index.ts'
import { type ServiceConfig, serviceFields } from '../shared/service-fields.ts'

const fields = {
  ...serviceFields,
  kafkaClientId: { ...serviceFields.kafkaClientId, default: 'orders' },
}

/** @throws CONFIG_INVALID with every problem at once. */
export function readOrdersConfig(): ServiceConfig {
  return readConfig(process.env, fields)
}

export function describeOrdersConfig(config: ServiceConfig): unknown {
  return describeConfig(config, fields)
}
