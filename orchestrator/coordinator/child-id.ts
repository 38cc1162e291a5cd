// The id of a child saga: derived from its parent's command, so that a repeat of the command meets
// the saga that it started.
import { createHash } from 'node:crypto'
import type { MessageId, SagaId } from '../../messaging/message.ts'

/** What a UUIDv7 has room for. */
const issuedAtMax = 2 ** 48 - 1

export function isIssuedAt(ms: number): boolean {
  return Number.isInteger(ms) && ms >= 0 && ms <= issuedAtMax
}

/** What the id begins with: ms since the epoch. */
export function startedAt(id: SagaId): number {
  return Number.parseInt(id.slice(0, 13).replace('-', ''), 16)
}

/**
 * A UUIDv7: its time is when the command was first issued (ms since the epoch), so that ids still
 * sort by start; where others have chance it has a hash of the command's id.
 */
export function childSagaId(commandId: MessageId, issuedAt: number): SagaId {
  const bytes = createHash('sha256').update(commandId).digest().subarray(0, 16)
  bytes.writeUIntBE(issuedAt, 0, 6)
  bytes.writeUInt8(0x70 | (bytes.readUInt8(6) & 0x0f), 6)
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8)
  const hex = bytes.toString('hex')
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return [...parts, hex.slice(20)].join('-') as SagaId
}
