// Encryption of single values with the keys of the configuration: AES-256-GCM, each text bound to
// the place that it was made for. The envelope, the fence and the store call it.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { secretBytes } from './clock.ts'
import { messagingError } from './errors.ts'

export type EncryptionKey = { readonly id: string; readonly secret: Buffer }

export type Cipher = {
  /** False without keys; then nothing can be read or written. */
  readonly hasKeys: boolean
  /** By the first key. `boundTo` must be the same when it is read. @throws ENCRYPTION_KEY_MISSING */
  encrypt(text: string, boundTo: string): string
  /** @throws ENCRYPTION_KEY_UNKNOWN, ENCRYPTED_TEXT_INVALID */
  decrypt(encrypted: string, boundTo: string): string
  /**
   * Fingerprints of a text, one for each key, the first key's first. Nobody without the key can
   * find the text by trying, as with a plain hash. @throws ENCRYPTION_KEY_MISSING
   */
  fingerprints(text: string): readonly Buffer[]
  /** Writes by the key of one person, which `withSubjects` knows. */
  forSubject(keyId: string): Pick<Cipher, 'encrypt'>
}

const keyBytes = 32
const ivBytes = 12
const tagBytes = 16
/** The form of the texts, so that another one can follow. */
const form = 'v1'
/** Of texts by the key of a person. */
const subjectForm = 's1'
const keyId = /^[A-Za-z0-9_-]{1,32}$/
const keysMax = 16

/**
 * `id:secret,id:secret`, each secret 32 bytes in base64. The first key writes, all of them read.
 * Throws an Error for the configuration, which never quotes a secret.
 */
export function parseEncryptionKeys(text: string): readonly EncryptionKey[] {
  const keys = text.split(',').map((part) => parseKey(part.trim()))
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error('names a key twice')
  if (keys.length > keysMax) throw new Error(`must hold at most ${keysMax} keys`)
  return Object.freeze(keys)
}

function parseKey(text: string): EncryptionKey {
  const at = text.indexOf(':')
  const [id, secret] = [text.slice(0, at), Buffer.from(text.slice(at + 1), 'base64')]
  if (at > 0 && keyId.test(id) && secret.length === keyBytes) return Object.freeze({ id, secret })
  throw new Error('must be a list like id:secret,other:secret, each secret 32 bytes in base64')
}

type Key = { readonly id: string; readonly secret: KeyObject; readonly fingerprint: KeyObject }

/** Of an empty list it makes a cipher that refuses everything. */
export function createCipher(given: readonly EncryptionKey[]): Cipher {
  const keys = given.map(
    ({ id, secret }): Key => ({
      id,
      secret: createSecretKey(secret),
      fingerprint: createSecretKey(
        Buffer.from(hkdfSync('sha256', secret, '', 'sagaline fingerprint', keyBytes)),
      ),
    }),
  )
  const byId = new Map(keys.map((key) => [key.id, key]))
  const first = (): Key => keys[0] ?? missing()
  return {
    hasKeys: keys.length > 0,
    encrypt: (text, boundTo) => encryptWith(first(), text, boundTo),
    decrypt: (encrypted, boundTo) => {
      const { id, body, version } = parseEncrypted(encrypted)
      const key = byId.get(id)
      if (key === undefined || version !== form)
        throw messagingError('ENCRYPTION_KEY_UNKNOWN', { id })
      return decryptWith(key, body, boundTo)
    },
    fingerprints: (text) => {
      first()
      return keys.map((key) => createHmac('sha256', key.fingerprint).update(text).digest())
    },
    forSubject: (id) => ({
      encrypt: () => {
        throw messagingError('ENCRYPTION_KEY_UNKNOWN', { id })
      },
    }),
  }
}

export const noKeys: Cipher = createCipher([])

/** The secret of a person's key; throws where it is not known here, or was destroyed. */
export type FindSubjectSecret = (keyId: string) => KeyObject

/** The cipher, with the keys of persons beside those of the configuration. */
export function withSubjects(cipher: Cipher, find: FindSubjectSecret): Cipher {
  return {
    ...cipher,
    decrypt: (encrypted, boundTo) => {
      const id = subjectKeyIn(encrypted)
      if (id === null) return cipher.decrypt(encrypted, boundTo)
      const { body, version } = parseEncrypted(encrypted)
      return decryptWith({ id, secret: find(id), version }, body, boundTo)
    },
    forSubject: (id) => ({
      encrypt: (text, boundTo) =>
        encryptWith({ id, secret: find(id), version: subjectForm }, text, boundTo),
    }),
  }
}

/** The id of the person's key that a text was encrypted with; null for any other text. */
export function subjectKeyIn(encrypted: string): string | null {
  if (!encrypted.startsWith(`${subjectForm}.`)) return null
  return encrypted.slice(subjectForm.length + 1, encrypted.indexOf('.', subjectForm.length + 1))
}

/** A new one, to be kept wrapped by the cipher. */
export function newSubjectSecret(): Buffer {
  return secretBytes(keyBytes)
}

export function subjectSecret(bytes: Buffer): KeyObject {
  return createSecretKey(bytes)
}

function missing(): never {
  throw messagingError('ENCRYPTION_KEY_MISSING', { what: 'what is to be written' })
}

type Using = Pick<Key, 'id' | 'secret'> & { readonly version?: string }

function encryptWith(key: Using, text: string, boundTo: string): string {
  const { version = form } = key
  const iv = secretBytes(ivBytes)
  const cipher = createCipheriv('aes-256-gcm', key.secret, iv)
  cipher.setAAD(boundData(key, boundTo))
  const body = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${version}.${key.id}.${body.toString('base64url')}`
}

function decryptWith(key: Using, body: Buffer, boundTo: string): string {
  const tagAt = body.length - tagBytes
  if (tagAt < ivBytes) throw invalid('it is too short')
  const decipher = createDecipheriv('aes-256-gcm', key.secret, body.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  })
  decipher.setAAD(boundData(key, boundTo))
  decipher.setAuthTag(body.subarray(tagAt))
  try {
    return `${decipher.update(body.subarray(ivBytes, tagAt), undefined, 'utf8')}${decipher.final('utf8')}`
  } catch (error) {
    throw invalid('it was changed, belongs elsewhere, or has another key of the same id', error)
  }
}

function boundData({ id, version = form }: Using, boundTo: string): Buffer {
  return Buffer.from(`${version}\n${id}\n${boundTo}`)
}

type Parsed = { readonly version: string; readonly id: string; readonly body: Buffer }

function parseEncrypted(text: string): Parsed {
  const [version, id, body, ...rest] = text.split('.')
  const isForm = version === form || version === subjectForm
  if (
    version === undefined ||
    !isForm ||
    id === undefined ||
    body === undefined ||
    rest.length > 0
  ) {
    throw invalid('it has not the form of one')
  }
  if (!keyId.test(id)) throw invalid('it names no key')
  return { version, id, body: Buffer.from(body, 'base64url') }
}

function invalid(problem: string, cause?: unknown): Error {
  return messagingError('ENCRYPTED_TEXT_INVALID', { problem }, cause)
}

/** The most characters that `encrypt` makes of so many bytes. */
export function encryptedLengthMax(bytes: number): number {
  const body = Math.ceil(((ivBytes + bytes + tagBytes) * 4) / 3)
  return form.length + keyIdLengthMax + body + 2
}

const keyIdLengthMax = 32
