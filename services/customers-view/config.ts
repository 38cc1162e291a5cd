// The settings of the view of customers' orders, from the environment. Read once, by main.ts.
import { describeConfig, readConfig } from '../../participant/index.ts'
import { type ServiceConfig, serviceFields } from '../shared/service-fields.ts'

const fields = {
  ...serviceFields,
  kafkaClientId: { ...serviceFields.kafkaClientId, default: 'customers-view' },
}

/** @throws CONFIG_INVALID with every problem at once. */
export function readViewConfig(): ServiceConfig {
  return readConfig(process.env, fields)
}

export function describeViewConfig(config: ServiceConfig): unknown {
  return describeConfig(config, fields)
}
