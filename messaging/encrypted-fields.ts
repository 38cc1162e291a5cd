// Sensitive fields of messages and rows: encrypted where a schema marks them, decrypted wherever
// they stand, masked for readers. An encrypted value is `{ "$encrypted": text }`.

import { parse } from 'secure-json-parse'
import type { TSchema } from 'typebox'
import { type Cipher, encryptedLengthMax, subjectKeyIn } from './cipher.ts'
import { messagingError } from './errors.ts'
import { jsonProblem } from './json-problem.ts'
import { hasSensitive, replaceSensitive, replaceUndeclared } from './sensitive.ts'

const property = '$encrypted'

/** What stands for a value that is encrypted. */
export type Encrypted = { readonly [property]: string }

/** What readers see in place of a sensitive value. */
export const masked = '[sensitive]'

/**
 * The data with every sensitive field encrypted; the same object when the schema marks none.
 * `boundTo` is where it will be read from: the id of its message. @throws ENCRYPTION_KEY_MISSING
 */
export function encryptFields(
  cipher: Cipher,
  schema: TSchema,
  { data, boundTo }: { readonly data: unknown; readonly boundTo: string },
): unknown {
  if (!hasSensitive(schema)) return data
  return replaceSensitive(schema, data, (value) => encryptValue(cipher, value, boundTo))
}

/** One whole value, whatever its schema. @throws ENCRYPTION_KEY_MISSING */
export function encryptValue(
  cipher: Pick<Cipher, 'encrypt'>,
  value: unknown,
  boundTo: string,
): Encrypted {
  return { [property]: cipher.encrypt(JSON.stringify(value) ?? 'null', boundTo) }
}

/** The data with every sensitive field replaced for readers. */
export function maskFields(schema: TSchema, data: unknown): unknown {
  return replaceSensitive(schema, data, () => masked)
}

/** As `maskFields`, for data that its schema may not describe in full: of the rest nothing is shown. */
export function maskUndeclared(schema: TSchema, data: unknown): unknown {
  return replaceUndeclared(schema, data, () => masked)
}

/** The data as large as encryption may make it, to be measured; there is no key in it. */
export function paddedFields(schema: TSchema, data: unknown): unknown {
  return replaceSensitive(schema, data, (value) => {
    const bytes = Buffer.byteLength(JSON.stringify(value) ?? 'null')
    return { [property]: 'x'.repeat(encryptedLengthMax(bytes)) }
  })
}

/** True when some value in the JSON text may be encrypted; then it is worth looking for it. */
export function mayBeEncrypted(text: string): boolean {
  return text.includes(`"${property}"`)
}

/**
 * Every encrypted value in the data decrypted, wherever it stands.
 * @throws ENCRYPTION_KEY_UNKNOWN, ENCRYPTED_TEXT_INVALID
 */
export function decryptFields(cipher: Cipher, data: unknown, boundTo: string): unknown {
  if (typeof data !== 'object' || data === null) return data
  if (Array.isArray(data)) return data.map((item) => decryptFields(cipher, item, boundTo))
  const entries = Object.entries(data)
  const [only] = entries
  if (entries.length === 1 && only?.[0] === property && typeof only[1] === 'string') {
    return readJson(cipher.decrypt(only[1], boundTo))
  }
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, decryptFields(cipher, inner, boundTo)]),
  )
}

/** What `encryptValue` made; null for any other value. @throws as `decryptFields` does. */
export function decryptValue(cipher: Cipher, value: unknown, boundTo: string): Decrypted | null {
  return isEncrypted(value) ? { value: JSON.parse(cipher.decrypt(value[property], boundTo)) } : null
}

/** True of what `encryptValue` made, and of what looks like it. */
export function isEncrypted(value: unknown): value is Encrypted {
  return typeof (value as Partial<Encrypted> | null)?.[property] === 'string'
}

/** The id of the person's key that it was encrypted with; null for anything else. */
export function subjectKeyOf(value: unknown): string | null {
  return isEncrypted(value) ? subjectKeyIn(value[property]) : null
}

type Decrypted = { readonly value: unknown }

/** As strict with what was encrypted as the envelope is with the rest. */
function readJson(text: string): unknown {
  let value: unknown
  try {
    value = parse(text, null, { protoAction: 'error', constructorAction: 'error' })
  } catch {
    // Without the cause: errors of the parser quote what they could not read.
    throw messagingError('ENCRYPTED_TEXT_INVALID', { problem: 'it holds no JSON that may be read' })
  }
  const problem = jsonProblem(text, value)
  if (problem !== null) throw messagingError('ENCRYPTED_TEXT_INVALID', { problem })
  return value
}
