// The hash by which the fence recognises a command that comes again with another body.
import { hash } from 'node:crypto'

/**
 * SHA-256 over name and payload. Keys are sorted first, because a sender that keeps its commands
 * as jsonb sends them again in another key order.
 */
export function bodyHash(name: string, payload: unknown): Buffer {
  return hash('sha256', `${name}\n${canonicalJson(payload)}`, 'buffer')
}

/** Depth is bounded by the envelope. */
function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`)}}`
}
