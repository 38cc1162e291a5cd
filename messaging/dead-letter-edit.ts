// How a dead letter is changed before it is sent again: another value, other headers. Pure; the
// record itself stays as it came.
import type { DeadLetter } from './dead-letters.ts'
import { messageBytesMax, sizeOf } from './envelope.ts'
import { messagingError } from './errors.ts'

/** What is sent instead of the record's own; null where nothing was changed. */
export type EditedLetter = {
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer>> | null
}

export type LetterEdit = {
  /** The whole value; left as it is when undefined. */
  readonly value?: Buffer
  /**
   * By name: the new text, or null for a header that goes; others stay as they are, and of one that
   * comes twice the last.
   */
  readonly headers?: Readonly<Record<string, string | null>>
}

/** On top of what was changed before. @throws LETTER_EDIT_INVALID */
export function editLetter(
  { id, record }: DeadLetter,
  before: EditedLetter,
  edit: LetterEdit,
): EditedLetter {
  const invalid = (problem: string) => messagingError('LETTER_EDIT_INVALID', { id, problem })
  if (edit.value === undefined && Object.keys(edit.headers ?? {}).length === 0) {
    throw invalid('nothing is changed')
  }
  const value = edit.value ?? before.value
  const headers =
    edit.headers === undefined
      ? before.headers
      : editHeaders(before.headers ?? record.headers, edit.headers)
  if (headers !== null && '' in headers) throw invalid('a header has no name')
  const bytes = sizeOf({
    ...record,
    value: value ?? record.value,
    headers: headers ?? record.headers,
  })
  if (bytes > messageBytesMax) {
    throw invalid(`it would have ${bytes} bytes; at most ${messageBytesMax} are allowed`)
  }
  return { value, headers }
}

function editHeaders(
  headers: Readonly<Record<string, Buffer>>,
  changes: Readonly<Record<string, string | null>>,
): Readonly<Record<string, Buffer>> {
  const kept = Object.entries(headers).filter(([name]) => !Object.hasOwn(changes, name))
  const set = Object.entries(changes).flatMap(([name, text]) =>
    text === null ? [] : [[name, Buffer.from(text)] as const],
  )
  return Object.fromEntries([...kept, ...set])
}
