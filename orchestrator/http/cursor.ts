// The cursors of lists of sagas: the last place of a page, behind a version, so that it can change.
// Each list takes its own cursors only.
import type { SagaId } from '../../messaging/message.ts'
import { orchestratorError } from '../errors.ts'
import type { SearchPlace } from '../store/search-sagas.ts'
import { asSagaId } from './saga-id.ts'

const byId = '1:'
const byStart = /^2:(\d{1,15}):(.+)$/

/** Of lists in the order of ids. */
export function encodeCursor(id: SagaId): string {
  return Buffer.from(byId + id).toString('base64url')
}

/** @throws CURSOR_INVALID for everything that `encodeCursor` did not make. */
export function decodeCursor(cursor: string): SagaId {
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const id = text.startsWith(byId) ? asSagaId(text.slice(byId.length)) : null
  if (id === null || encodeCursor(id) !== cursor) throw orchestratorError('CURSOR_INVALID')
  return id
}

/** Of searches, in the order of starts. */
export function encodePlace({ startedAt, id }: SearchPlace): string {
  return Buffer.from(`2:${startedAt.getTime()}:${id}`).toString('base64url')
}

/** @throws CURSOR_INVALID for everything that `encodePlace` did not make. */
export function decodePlace(cursor: string): SearchPlace {
  const [, ms, text] = byStart.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  const id = text === undefined ? null : asSagaId(text)
  if (id === null) throw orchestratorError('CURSOR_INVALID')
  const place = { startedAt: new Date(Number(ms)), id }
  if (encodePlace(place) !== cursor) throw orchestratorError('CURSOR_INVALID')
  return place
}
