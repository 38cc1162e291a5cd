// Whether an event is held for an instance that has what is missing here: its saga's definition, or
// the key of its row. Asked by those who take replies and by those who take what was held.
import type { SagalineError } from '../../messaging/errors.ts'

const missing: ReadonlySet<string> = new Set([
  'DEFINITION_MISSING',
  'ENCRYPTION_KEY_UNKNOWN',
  // Also what another key of the same id gives.
  'ENCRYPTED_TEXT_INVALID',
])

/** `problem` is why a saga could not be moved. */
export function isForAnother({ code }: SagalineError): boolean {
  return missing.has(code)
}
