// The bounded queue between a consumer that fetches and the loop that commits: records gather
// here while the last batch is handled. Bounded by records and by bytes, so a slow handler makes
// the consumer wait instead of filling the memory.
import type { IncomingRecord } from './bus.ts'
import type { Clock } from './clock.ts'
import { sizeOf } from './envelope.ts'

export type RecordQueueLimits = {
  /** At this many records the queue is full; one more fetch may then already be on its way. */
  readonly recordsMax: number
  readonly bytesMax: number
}

export class RecordQueue {
  readonly #limits: RecordQueueLimits
  #records: IncomingRecord[] = []
  #sizes: number[] = []
  /** Records before this index are taken; the array is cut now and then, not at each take. */
  #taken = 0
  #bytes = 0
  #wakeTaker: (() => void) | null = null
  #room: AbortController | null = null

  constructor(limits: RecordQueueLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#records.length - this.#taken
  }

  get isFull(): boolean {
    return this.size >= this.#limits.recordsMax || this.#bytes >= this.#limits.bytesMax
  }

  /** Callers look at `isFull` first: what was fetched together goes in together. */
  put(records: readonly IncomingRecord[]): void {
    for (const record of records) {
      const bytes = sizeOf(record)
      this.#records.push(record)
      this.#sizes.push(bytes)
      this.#bytes += bytes
    }
    this.#callTaker()
  }

  /** Up to `max` records in order of arrival; none when there are none. */
  take(max: number): readonly IncomingRecord[] {
    const end = Math.min(this.#taken + max, this.#records.length)
    const batch = this.#records.slice(this.#taken, end)
    for (let at = this.#taken; at < end; at += 1) this.#bytes -= this.#sizes[at] ?? 0
    this.#taken = end
    if (end * 2 >= this.#records.length) this.#cut()
    if (!this.isFull) this.#room?.abort()
    return batch
  }

  clear(): void {
    this.#taken = this.#records.length
    this.#bytes = 0
    this.#cut()
    this.#room?.abort()
  }

  /**
   * Resolves once there is something to take, or `wake` is called. It comes back in the next turn
   * of the event loop, so that all partitions of one fetch make one batch.
   */
  waitForRecords(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeTaker = () => setImmediate(resolve)
      if (this.size > 0) this.#callTaker()
    })
  }

  /** Resolves once the queue is no longer full, or after `maxMs`. One caller at a time. */
  async waitForRoom(clock: Clock, maxMs: number): Promise<void> {
    if (!this.isFull) return
    this.#room = new AbortController()
    await clock.wait(maxMs, this.#room.signal)
    this.#room = null
  }

  /** Lets whoever waits look again, e.g. because the subscription stops. */
  wake(): void {
    this.#callTaker()
    this.#room?.abort()
  }

  #cut(): void {
    this.#records = this.#records.slice(this.#taken)
    this.#sizes = this.#sizes.slice(this.#taken)
    this.#taken = 0
  }

  #callTaker(): void {
    const wake = this.#wakeTaker
    this.#wakeTaker = null
    wake?.()
  }
}
