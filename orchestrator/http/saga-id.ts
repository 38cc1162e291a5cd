// Where a text from outside becomes a `SagaId`: paths and cursors.
import type { SagaId } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export function asSagaId(text: string): SagaId | null {
  return uuid.test(text) ? (text.toLowerCase() as SagaId) : null
}

/** A text that is no id cannot be the id of a saga. @throws SAGA_NOT_FOUND. */
export function sagaIdOf(text: string): SagaId {
  const id = asSagaId(text)
  if (id === null) throw orchestratorError('SAGA_NOT_FOUND', { id: text })
  return id
}
