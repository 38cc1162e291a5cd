// A key for sensitive fields that lives as long as `sagaline dev` does.
import { secretBytes } from '../../../messaging/clock.ts'

const keyBytes = 32

/** As SAGALINE_ENCRYPTION_KEYS has it. */
export function secretKeyText(): string {
  return `dev:${secretBytes(keyBytes).toString('base64')}`
}
