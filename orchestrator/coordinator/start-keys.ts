// What tells whether a repeated start asks for the same, and what must not be told of its input.
import { createHash } from 'node:crypto'
import type { Cipher } from '../../messaging/cipher.ts'
import { masked } from '../../messaging/encrypted-fields.ts'
import type { SagaDefinition } from '../definition/saga-definition.ts'
import { isSensitiveDefinition } from '../definition/sensitive-definition.ts'
import { orchestratorError } from '../errors.ts'
import type { StartRequest } from './start-saga.ts'

/**
 * The same for the same JSON, whatever the order of its keys, and the same time; keyed where it
 * is sensitive.
 */
export function hashesOf(
  cipher: Cipher,
  definition: SagaDefinition,
  { input, startAt }: StartRequest,
): readonly string[] {
  const sorted = (_: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  const time = startAt === undefined ? '' : ` at ${startAt}`
  const text = JSON.stringify(input, sorted) + time
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
