/** A new Kafka cluster id. Called by bare-kafka.ts and class-archive.ts. */
import { randomBytes } from 'node:crypto'

/** 16 random bytes in Kafka's base64; the first is kept low so that it never reads as an option. */
export function clusterId(): string {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0] ?? 0) & 0x7f
  return bytes.toString('base64url')
}
