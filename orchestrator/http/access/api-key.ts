// What an API key looks like: `sgl_PREFIX_SECRET`, 96 bits to find it by and 256 that nobody can
// guess. Only the hash of the secret is kept; it needs no salt, since no list of secrets can hold it.
import { createHash, timingSafeEqual } from 'node:crypto'
import { secretBytes } from '../../../messaging/clock.ts'

const prefixBytes = 12
const secretBytesCount = 32

export type ApiKey = { readonly prefix: string; readonly secret: string }

export const keyMark = 'sgl_'

const keyText = /^sgl_([0-9a-f]{24})_([0-9a-f]{64})$/

export function makeApiKey(): ApiKey {
  return {
    prefix: secretBytes(prefixBytes).toString('hex'),
    secret: secretBytes(secretBytesCount).toString('hex'),
  }
}

export function writeApiKey({ prefix, secret }: ApiKey): string {
  return `${keyMark}${prefix}_${secret}`
}

export function readApiKey(token: string): ApiKey | null {
  const [, prefix, secret] = keyText.exec(token) ?? []
  return prefix === undefined || secret === undefined ? null : { prefix, secret }
}

export function hashOfSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Takes as long whatever differs. */
export function isSecretOf(hash: Buffer, secret: string): boolean {
  const given = hashOfSecret(secret)
  return hash.length === given.length && timingSafeEqual(hash, given)
}
