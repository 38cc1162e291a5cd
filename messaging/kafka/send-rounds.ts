// Cuts what is to be published into rounds. kafkajs writes one record batch a partition and
// request, the broker refuses batches above `max.message.bytes`, and kafkajs's cost grows with
// the square of the records of a partition: so each round holds a bounded piece of each partition.
import type { OutgoingRecord } from '../bus.ts'
import { messageBytesMax } from '../envelope.ts'
import { messagingError } from '../errors.ts'
import { partitionOf } from '../partition.ts'

export type PartitionRecords = {
  readonly topic: string
  readonly partition: number
  readonly records: OutgoingRecord[]
  bytes: number
}

/** Pieces of different partitions, sent in one request; the next round waits for its success. */
export type Round = readonly PartitionRecords[]

/** Below the topics' `max.message.bytes` of 256 KiB, with room for the batch's own bytes. */
const roundBytesMax = 240 * 1024
const roundRecordsMax = 500

/** Lengths and deltas of one record, and of one header, at their largest. */
const recordOverheadBytes = 24
const headerOverheadBytes = 6

/**
 * Within a partition the order of the records is the order of the rounds.
 * @throws MESSAGE_TOO_LARGE when one record is, before anything is sent.
 */
export function toRounds(
  records: readonly OutgoingRecord[],
  partitionsOf: (topic: string) => number,
): readonly Round[] {
  const rounds: PartitionRecords[][] = []
  const open = new Map<string, Map<number, { round: number; piece: PartitionRecords }>>()
  for (const record of records) {
    const byPartition = getOrAdd(open, record.topic, () => new Map())
    const partition = partitionOf(record.key, partitionsOf(record.topic))
    const bytes = wireBytes(record)
    const last = byPartition.get(partition)
    if (last !== undefined && fits(last.piece, bytes)) {
      last.piece.records.push(record)
      last.piece.bytes += bytes
      continue
    }
    const round = last === undefined ? 0 : last.round + 1
    const piece = { topic: record.topic, partition, records: [record], bytes }
    const pieces = rounds[round]
    if (pieces === undefined) rounds.push([piece])
    else pieces.push(piece)
    byPartition.set(partition, { round, piece })
  }
  return rounds
}

function fits(piece: PartitionRecords, bytes: number): boolean {
  return piece.records.length < roundRecordsMax && piece.bytes + bytes <= roundBytesMax
}

/** At most this many bytes on the wire. @throws MESSAGE_TOO_LARGE. */
function wireBytes(record: OutgoingRecord): number {
  let bytes = textBytes(record.key) + textBytes(record.value)
  let overhead = recordOverheadBytes
  for (const name in record.headers) {
    bytes += name.length + textBytes(record.headers[name] ?? '')
    overhead += headerOverheadBytes
  }
  for (const name in record.repeated) {
    for (const value of record.repeated[name] ?? []) bytes += name.length + value.length
    overhead += headerOverheadBytes * (record.repeated[name]?.length ?? 0)
  }
  if (bytes > messageBytesMax) {
    const id = String(record.headers['ce_id'] ?? record.key)
    throw messagingError('MESSAGE_TOO_LARGE', { id, bytes, limit: messageBytesMax })
  }
  return bytes + overhead
}

function textBytes(text: string | Buffer | null): number {
  return text === null ? 0 : Buffer.byteLength(text)
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
