// Records as a consumer gets them, for tests of queues and marks.
import type { IncomingRecord } from '../../messaging/bus.ts'

export function incomingRecord(partition: number, offset: number, bytes = 10): IncomingRecord {
  return {
    topic: 'orders.commands',
    partition,
    offset: BigInt(offset),
    key: null,
    value: Buffer.alloc(bytes),
    headers: {},
    timestamp: new Date(0),
  }
}
