// What the place of a record says beside the inbox: that it was taken so long ago that the inbox may
// have forgotten it, or that those before it never came.
import type { IncomingRecord } from '../../messaging/bus.ts'
import { type Position, partitionKey } from './positions.ts'

export type Places = {
  /** Before this batch, by `partitionKey`. */
  readonly positions: ReadonlyMap<string, Position>
  readonly now: Date
  readonly inboxRetentionMs: number
}

/**
 * True for what was taken and may be forgotten. Younger records are left to the inbox, which knows
 * more: a group that was set back takes what was missed. So are those newer than all that was taken:
 * their topic was made anew.
 */
export function isPast(places: Places, record: IncomingRecord): boolean {
  const position = places.positions.get(partitionKey(record))
  if (position === undefined || record.offset >= position.nextOffset) return false
  const ageMs = places.now.getTime() - record.timestamp.getTime()
  // Half, as the clocks of those who tell may differ.
  return record.timestamp <= position.newestAt && ageMs > places.inboxRetentionMs / 2
}

/** Places without a record that was taken: from the first up to but not with the last. */
export type Missed = {
  readonly topic: string
  readonly partition: number
  readonly from: bigint
  readonly to: bigint
}

/**
 * Where a group went on further than its consumer's rows: retention removed what it had not read, or
 * the rows are those of a backup. Looked for in the first batch of a partition only: in between, a
 * place without a record is that of a transaction's end.
 */
export function missedBefore(
  positions: ReadonlyMap<string, Position>,
  records: readonly IncomingRecord[],
  seen: ReadonlySet<string>,
): readonly Missed[] {
  const firsts = new Map<string, IncomingRecord>()
  for (const record of records) {
    const key = partitionKey(record)
    if (!firsts.has(key) && !seen.has(key)) firsts.set(key, record)
  }
  return [...firsts].flatMap(([key, { topic, partition, offset: to }]) => {
    const from = positions.get(key)?.nextOffset
    return from === undefined || to <= from ? [] : [{ topic, partition, from, to }]
  })
}
