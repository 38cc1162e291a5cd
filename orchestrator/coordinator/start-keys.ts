// What a start is known by: the key of the business, and the hash that tells whether a repeat asks
// for the same.
import { createHash } from 'node:crypto'
import type { Cipher } from '../../messaging/cipher.ts'
import { masked } from '../../messaging/encrypted-fields.ts'
import type { Json } from '../../messaging/message.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import { orchestratorError } from '../errors.ts'

/** @throws SAGA_DEFINITION_FAILED when the definition's function throws or gives no key. */
export function businessKeyOf(definition: SagaDefinition, input: Json): string | null {
  const { name } = definition
  try {
    const key: unknown = definition.businessKey(input)
    if (key === null || (typeof key === 'string' && isKey(key))) return key
    throw new Error(`a business key is a text of at most ${businessKeyLengthMax} characters`)
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name, problem }, error)
  }
}

/** Longer ones would not fit into the index. */
const businessKeyLengthMax = 500

const isKey = (key: string) => key.length <= businessKeyLengthMax && !key.includes('\0')

/** The same for the same JSON, whatever the order of its keys; keyed where it is sensitive. */
export function hashesOf(
  cipher: Cipher,
  definition: SagaDefinition,
  input: Json,
): readonly string[] {
  const sorted = (_: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  const text = JSON.stringify(input, sorted)
  if (isSensitiveDefinition(definition)) {
    return cipher.fingerprints(text).map((hash) => hash.toString('base64url'))
  }
  return [createHash('sha256').update(text).digest('base64url')]
}

/** A definition that throws may quote what it was given, so of a sensitive one no text is kept. */
export function withoutData<T>(definition: SagaDefinition, work: () => T): T {
  if (!isSensitiveDefinition(definition)) return work()
  try {
    return work()
  } catch {
    const { name } = definition
    throw orchestratorError('SAGA_DEFINITION_FAILED', { name, problem: masked })
  }
}
