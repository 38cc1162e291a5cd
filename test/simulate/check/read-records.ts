// Reads headers of records for the checks; records that are poison have none.
import type { IncomingRecord } from '../../../messaging/bus.ts'

export function readText(record: IncomingRecord, header: string): string {
  return record.headers[header]?.toString() ?? ''
}
