// One member of a consumer group of the memory broker. It runs the same committing loop as the
// real consumer, fed from the broker's lists instead of from the network.
import { BatchLoop, type BatchLoopOptions } from '../messaging/batch-loop.ts'
import type { IncomingRecord, SubscribeOptions } from '../messaging/bus.ts'
import type { Clock } from '../messaging/clock.ts'
import type { Log } from '../messaging/log.ts'
import type { MemoryGroup, TopicPartition } from './memory-group.ts'

export type MemoryMemberOptions = SubscribeOptions & {
  readonly clock: Clock
  readonly log: Log
  readonly retry: BatchLoopOptions['retry']
  readonly group: MemoryGroup
  readonly read: (topic: string, partition: number) => readonly IncomingRecord[]
  readonly isUp: () => boolean
}

const queueLimits = { recordsMax: 2_000, bytesMax: 8 * 1024 * 1024 }
const unsettledBatchesMax = 4

/** Records of one partition that come in one fetch. */
const fetchRecordsMax = 500

type Position = TopicPartition & { next: number }

export class MemoryMember {
  readonly topics: readonly string[]
  readonly #options: MemoryMemberOptions
  readonly #loop: BatchLoop
  #positions: Position[] = []
  #isGone = false
  #stopped: Promise<void> | null = null

  constructor(options: MemoryMemberOptions) {
    this.topics = options.topics
    this.#options = options
    this.#loop = new BatchLoop({
      ...options,
      unsettledBatchesMax,
      queueLimits,
      handle: (records) => {
        // The batch has left the queue, so there is room for more.
        this.fetch()
        return options.handle(records)
      },
      onSettled: () => this.commit(),
    })
  }

  start(): void {
    this.#loop.start()
    this.#options.group.join(this)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /** Leaves at once, without marking anything and without waiting for handlers. */
  crash(): void {
    this.#isGone = true
    this.#positions = []
    this.#loop.queue.clear()
    this.#stopped = Promise.resolve()
    void this.#loop.stop()
    this.#options.group.leave(this)
  }

  problem(): string | null {
    if (this.#stopped !== null) return 'stopped'
    return this.#options.isUp() ? this.#loop.problem : 'the broker is down'
  }

  assign(partitions: readonly TopicPartition[]): void {
    const { group } = this.#options
    this.#loop.startGeneration()
    this.#positions = partitions.map((at) => ({ ...at, next: Number(group.committedOffset(at)) }))
    this.fetch()
  }

  fetch(): void {
    const { queue } = this.#loop
    if (!this.#options.isUp() || this.#stopped !== null) return
    for (const position of this.#positions) {
      if (queue.isFull) return
      const log = this.#options.read(position.topic, position.partition)
      const records = log.slice(position.next, position.next + fetchRecordsMax)
      position.next += records.length
      if (records.length > 0) queue.put(records)
    }
    // Another partition goes first next time, so that a full queue starves none.
    this.#positions = [...this.#positions.slice(1), ...this.#positions.slice(0, 1)]
  }

  commit(): void {
    if (this.#isGone) return
    const { marks } = this.#loop
    const uncommitted = marks.uncommitted()
    this.#options.group.commit(uncommitted)
    marks.committed(uncommitted)
  }

  async #stop(): Promise<void> {
    this.#positions = []
    await this.#loop.stop()
    this.commit()
    this.#isGone = true
    this.#options.group.leave(this)
  }
}
