// The cursors of dead letters: the last id of a page and, of a walk that changes what it meets, the
// id that it ends with; behind a version, so that it can change.
import type { LetterPlace } from '../../messaging/dead-letter-store.ts'
import { messagingError } from '../../messaging/errors.ts'
import { orchestratorError } from '../errors.ts'

const form = /^1:(\d{1,18}):(\d{1,18})?$/

export function encodeLetterCursor({ after, upTo }: LetterPlace): string {
  return Buffer.from(`1:${after}:${upTo ?? ''}`).toString('base64url')
}

/** @throws CURSOR_INVALID for everything that `encodeLetterCursor` did not make. */
export function decodeLetterCursor(cursor: string): LetterPlace {
  const [, after, upTo] = form.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (after === undefined) throw orchestratorError('CURSOR_INVALID')
  const place = { after: BigInt(after), upTo: upTo === undefined ? null : BigInt(upTo) }
  if (encodeLetterCursor(place) !== cursor) throw orchestratorError('CURSOR_INVALID')
  return place
}

/** @throws LETTER_NOT_FOUND for what can be no id. */
export function letterIdOf(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw messagingError('LETTER_NOT_FOUND', { id: text })
  return BigInt(text)
}
