// A record as it came from Kafka, in a column of JSON: what waits in a table keeps every byte of it,
// so that it can still be parked.
import type { IncomingRecord } from '../../messaging/bus.ts'

/** Bytes in base64, the time in ms since the epoch. */
export type RecordJson = {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string])[]
  readonly timestamp: number
}

export function recordToJson({ key, value, headers, ...record }: IncomingRecord): RecordJson {
  return {
    topic: record.topic,
    partition: record.partition,
    offset: String(record.offset),
    key: key?.toString('base64') ?? null,
    value: value?.toString('base64') ?? null,
    headers: Object.entries(headers).map(([name, bytes]) => [name, bytes.toString('base64')]),
    timestamp: record.timestamp.getTime(),
  }
}

export function recordFromJson({ key, value, headers, ...stored }: RecordJson): IncomingRecord {
  const bytes = (text: string) => Buffer.from(text, 'base64')
  return {
    topic: stored.topic,
    partition: stored.partition,
    offset: BigInt(stored.offset),
    key: key === null ? null : bytes(key),
    value: value === null ? null : bytes(value),
    headers: Object.fromEntries(headers.map(([name, text]) => [name, bytes(text)])),
    timestamp: new Date(stored.timestamp),
  }
}
