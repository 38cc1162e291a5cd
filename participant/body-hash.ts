// The hash by which the fence recognises a command that comes again with another body.
import { hash } from 'node:crypto'
import type { Cipher } from '../messaging/cipher.ts'
import { type CommandContract, isSensitiveCommand } from '../messaging/contract.ts'

/**
 * SHA-256 over name and plain payload: each sending is encrypted anew. With sensitive fields it
 * is keyed, since a short secret could be found from a plain hash by trying; then there is one
 * for each key, the one to be stored first. Keys of objects are sorted, because a sender that keeps
 * its commands as jsonb sends them again in another order.
 */
export function bodyHashes(
  contract: CommandContract,
  payload: unknown,
  cipher: Cipher,
): readonly [Buffer, ...Buffer[]] {
  const text = `${contract.name}\n${canonicalJson(payload)}`
  if (isSensitiveCommand(contract)) {
    const [first, ...others] = cipher.fingerprints(text)
    if (first !== undefined) return [first, ...others]
  }
  return [hash('sha256', text, 'buffer')]
}

/** Depth is bounded by the envelope. */
function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`)}}`
}
