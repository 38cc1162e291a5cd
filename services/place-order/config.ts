// How patient the place-order saga is. The demo and some tests shorten it.
import { type ConfigField, parseInteger, readConfig } from '../../participant/index.ts'

const field = <T>(options: ConfigField<T>): ConfigField<T> => options

const fields = {
  stepTimeoutMs: field({
    env: 'STEP_TIMEOUT_MS',
    parse: parseInteger(100, 3_600_000),
    default: 30_000,
    unit: 'ms',
    why: 'How long a service may take to answer before its command is sent again.',
  }),
  stepAttempts: field({
    env: 'STEP_ATTEMPTS',
    parse: parseInteger(1, 100),
    default: 3,
    unit: 'sendings',
    why: 'How often a command is sent before its outcome counts as unknown.',
  }),
}

export const placeOrderConfig = readConfig(process.env, fields)
