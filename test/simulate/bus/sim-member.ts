// One member of a simulated consumer group: the production's committing loop, fed by steps of the
// simulation. It fetches from each partition on its own, so partitions overtake each other.
import { BatchLoop } from '../../../messaging/batch-loop.ts'
import type { IncomingRecord, SubscribeOptions } from '../../../messaging/bus.ts'
import type { Clock } from '../../../messaging/clock.ts'
import type { Log } from '../../../messaging/log.ts'
import type { Owner } from '../owner.ts'
import type { SimGroup, TopicPartition } from './sim-group.ts'
import { latencyMs, type SimNetwork } from './sim-network.ts'

export type SimMemberOptions = SubscribeOptions & {
  readonly owner: Owner
  readonly clock: Clock
  readonly log: Log
  readonly group: SimGroup
  readonly network: SimNetwork
  readonly read: (topic: string, partition: number) => readonly IncomingRecord[]
}

const queueLimits = { recordsMax: 2_000, bytesMax: 8 * 1024 * 1024 }
const unsettledBatchesMax = 4
const retry = { initialMs: 100, maxMs: 5_000 }
const fetchRecordsMax = 500
/** Marks are committed this long after the first of them. */
const commitMs = 1_000

type Position = TopicPartition & { next: number; isFetching: boolean }

export class SimMember {
  readonly topics: readonly string[]
  readonly owner: Owner
  readonly #options: SimMemberOptions
  readonly #loop: BatchLoop
  #generation = -1
  #positions: Position[] = []
  #isCommitDue = false
  #committing = Promise.resolve()
  #stopped: Promise<void> | null = null

  constructor(options: SimMemberOptions) {
    this.topics = options.topics
    this.owner = options.owner
    this.#options = options
    this.#loop = new BatchLoop({
      ...options,
      retry,
      unsettledBatchesMax,
      queueLimits,
      handle: (records) => this.#handle(records),
      onSettled: () => this.#commitSoon(),
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

  problem(): string | null {
    if (this.#stopped !== null) return 'stopped'
    return this.#generation < 0 ? 'it has not joined its group yet' : this.#loop.problem
  }

  /** The group has a new generation. */
  assign(generation: number, partitions: readonly TopicPartition[]): void {
    if (this.#stopped !== null) return
    const { group } = this.#options
    this.#generation = generation
    this.#loop.startGeneration()
    this.#positions = partitions.map((at) => ({
      ...at,
      next: Number(group.committedOffset(at)),
      isFetching: false,
    }))
    this.#fetchAll()
  }

  /** There is something new in the partition. */
  hear(topic: string, partition: number): void {
    for (const at of this.#positions) {
      if (at.partition === partition && at.topic === topic) this.#fetchSoon(at)
    }
  }

  async #handle(records: readonly IncomingRecord[]) {
    const { group, handle, owner } = this.#options
    for (const record of records) group.noteTaken(owner, record, Number(record.offset))
    // The batch has left the queue, so there is room for more.
    this.#fetchAll()
    const handled = await handle(records)
    handled.settled.then(
      () => {
        for (const record of records) group.noteHandled(record, Number(record.offset))
      },
      () => undefined,
    )
    return handled
  }

  #fetchAll(): void {
    for (const position of this.#positions) this.#fetchSoon(position)
  }

  #fetchSoon(position: Position): void {
    if (position.isFetching || this.#stopped !== null) return
    const { read, network } = this.#options
    if (position.next >= read(position.topic, position.partition).length) return
    position.isFetching = true
    const label = `fetch ${position.topic}/${position.partition}`
    network.schedule.after(this.owner, latencyMs(network, label), label, () => {
      position.isFetching = false
      this.#fetch(position)
    })
  }

  #fetch(position: Position): void {
    const { queue } = this.#loop
    if (!this.#positions.includes(position) || this.#stopped !== null || queue.isFull) return
    const log = this.#options.read(position.topic, position.partition)
    const records = log.slice(position.next, position.next + fetchRecordsMax)
    position.next += records.length
    if (records.length > 0) queue.put(records)
    this.#fetchSoon(position)
  }

  #commitSoon(): void {
    if (this.#isCommitDue) return
    this.#isCommitDue = true
    this.#options.network.schedule.after(this.owner, commitMs, 'commit offsets', () => {
      this.#isCommitDue = false
      void this.#flush()
    })
  }

  /** One commit after the other, as with a real client. */
  #flush(): Promise<void> {
    this.#committing = this.#committing.then(() => this.#commit())
    return this.#committing
  }

  /** Resolves when the broker has answered. */
  async #commit(): Promise<void> {
    const { group, network } = this.#options
    const { marks } = this.#loop
    const generation = this.#generation
    const uncommitted = marks.uncommitted()
    if (uncommitted.length === 0) return
    const isLost = network.faults.happens('offsets.lost', group.id)
    await this.#pass(network.broker, 'offsets')
    const isTaken = !isLost && group.commit(generation, uncommitted)
    await this.#pass(this.owner, 'offsets answered')
    if (isTaken) marks.committed(uncommitted)
    else if (isLost) this.#commitSoon()
  }

  #pass(owner: Owner, label: string): Promise<void> {
    const { network } = this.#options
    return new Promise((resolve) => {
      network.schedule.after(owner, latencyMs(network, label), label, resolve)
    })
  }

  async #stop(): Promise<void> {
    this.#positions = []
    await this.#loop.stop()
    await this.#flush()
    this.#options.group.leave(this)
  }
}
