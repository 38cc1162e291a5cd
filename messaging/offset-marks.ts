// Which offsets of the partitions may be committed: only up to the first record whose work is not
// settled yet. One instance serves one generation of a consumer group; a rejoin starts a new one,
// so that what settles late marks nothing in a generation it does not belong to.
import type { IncomingRecord } from './bus.ts'

export type OffsetMark = {
  readonly topic: string
  readonly partition: number
  /** The next offset to read: one above the last settled record. */
  readonly offset: bigint
}

type Segment = { readonly offset: bigint; isSettled: boolean }

type Partition = {
  readonly topic: string
  readonly partition: number
  /** Taken and not yet marked, in offset order; as many as there are unsettled batches. */
  readonly segments: Segment[]
  marked: bigint | null
  committed: bigint | null
}

export class OffsetMarks {
  readonly #partitions = new Map<string, Partition>()

  /** Notes that these records are being worked on; call the answer when they are settled. */
  take(records: readonly IncomingRecord[]): () => void {
    const lastOffsets = new Map<Partition, bigint>()
    for (const record of records) {
      lastOffsets.set(this.#partitionOf(record), record.offset)
    }
    const segments: Segment[] = []
    for (const [partition, last] of lastOffsets) {
      const segment = { offset: last + 1n, isSettled: false }
      partition.segments.push(segment)
      segments.push(segment)
    }
    return () => {
      for (const segment of segments) segment.isSettled = true
      for (const partition of lastOffsets.keys()) advance(partition)
    }
  }

  /** What may be committed and has not been. */
  uncommitted(): readonly OffsetMark[] {
    const marks: OffsetMark[] = []
    for (const { topic, partition, marked, committed } of this.#partitions.values()) {
      if (marked !== null && marked !== committed) marks.push({ topic, partition, offset: marked })
    }
    return marks
  }

  committed(marks: readonly OffsetMark[]): void {
    for (const mark of marks) {
      const partition = this.#partitions.get(keyOf(mark))
      if (partition !== undefined) partition.committed = mark.offset
    }
  }

  #partitionOf(record: IncomingRecord): Partition {
    const key = keyOf(record)
    let partition = this.#partitions.get(key)
    if (partition === undefined) {
      const { topic } = record
      partition = {
        topic,
        partition: record.partition,
        segments: [],
        marked: null,
        committed: null,
      }
      this.#partitions.set(key, partition)
    }
    return partition
  }
}

function advance(partition: Partition): void {
  let first = partition.segments[0]
  while (first?.isSettled === true) {
    partition.marked = first.offset
    partition.segments.shift()
    first = partition.segments[0]
  }
}

function keyOf(at: { readonly topic: string; readonly partition: number }): string {
  return `${at.topic}|${at.partition}`
}
