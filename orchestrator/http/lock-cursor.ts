// The cursor of `GET /locks`: the last place of a page, behind a version, so that it can change.
import { orchestratorError } from '../errors.ts'
import type { LockPlace } from '../store/locks.ts'

const form = /^1:(\d{1,16}):([^\0]+)$/s

export function encodeLockCursor({ key, position }: LockPlace): string {
  return Buffer.from(`1:${position}:${key}`).toString('base64url')
}

/** @throws CURSOR_INVALID for everything that `encodeLockCursor` did not make. */
export function decodeLockCursor(cursor: string): LockPlace {
  const [, position, key] = form.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (position === undefined || key === undefined) throw orchestratorError('CURSOR_INVALID')
  const place = { key, position: Number(position) }
  if (encodeLockCursor(place) !== cursor) throw orchestratorError('CURSOR_INVALID')
  return place
}
