// The cursor of `GET /sagas`: the last id of a page, behind a version, so that it can change.
import type { SagaId } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import { asSagaId } from './saga-id.ts'

const version = '1:'

export function encodeCursor(id: SagaId): string {
  return Buffer.from(version + id).toString('base64url')
}

/** @throws CURSOR_INVALID for everything that `encodeCursor` did not make. */
export function decodeCursor(cursor: string): SagaId {
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const id = text.startsWith(version) ? asSagaId(text.slice(version.length)) : null
  if (id === null || encodeCursor(id) !== cursor) throw orchestratorError('CURSOR_INVALID')
  return id
}
