// The payment service's settings, from the environment. Read once, by main.ts.
import { type Config, describeConfig, parseInteger, readConfig } from '../../participant/index.ts'
import { serviceFields } from '../shared/service-fields.ts'

const fields = {
  ...serviceFields,
  kafkaClientId: { ...serviceFields.kafkaClientId, default: 'payments' },
  paymentLimit: {
    env: 'PAYMENT_LIMIT',
    parse: parseInteger(1, 100_000_000),
    default: 100_000,
    unit: 'cents',
    why: 'Greater payments are declined.',
  },
}

export type PaymentsConfig = Config<typeof fields>

/** @throws CONFIG_INVALID with every problem at once. */
export function readPaymentsConfig(): PaymentsConfig {
  return readConfig(process.env, fields)
}

export function describePaymentsConfig(config: PaymentsConfig): unknown {
  return describeConfig(config, fields)
}
