// Commits the offset marks of one subscription, off the fetch path: from a timer, at a rebalance
// and at stop. A commit that fails is no matter: the marks stay, and the next one takes them. One
// that goes on failing is told of, since all of it would come again after a crash.
import type { OffsetsByTopicPartition } from 'kafkajs'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import type { OffsetMark, OffsetMarks } from '../offset-marks.ts'
import { within } from './within.ts'

/** kafkajs's way to commit given offsets once, in the generation it is in, without retries. */
export type CommitOffsets = (offsets: OffsetsByTopicPartition) => Promise<void>

/** Longer than kafkajs waits for an answer: what takes longer never comes, and the next one is sent. */
const answerMsMax = 20_000
/** Without a commit that got through for so long, every failure is a warning. */
const quietMs = 10_000

export type OffsetCommitterOptions = {
  readonly marks: () => OffsetMarks
  readonly intervalMs: number
  readonly groupId: string
  readonly clock: Clock
  readonly log: Log
}

export class OffsetCommitter {
  readonly #options: OffsetCommitterOptions
  readonly #stopping = new AbortController()
  #commit: CommitOffsets | null = null
  #running: Promise<void> | null = null
  #ended: Promise<void> | null = null
  /** By the monotonic clock, since the last one that got through; null while they do. */
  #failingSince: number | null = null

  constructor(options: OffsetCommitterOptions) {
    this.#options = options
  }

  start(): void {
    this.#ended ??= this.#run()
  }

  /** The way to commit, as it came with the last batch: a restarted consumer has a new one. */
  use(commit: CommitOffsets): void {
    this.#commit = commit
  }

  /** Sends what is marked at once; resolves when the broker answered. */
  async flush(): Promise<void> {
    await this.#running
    this.#running = this.#commitMarks()
    await this.#running
  }

  /** With a last commit of what is marked by now. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
    await this.flush()
  }

  async #run(): Promise<void> {
    const { clock, intervalMs } = this.#options
    while (!this.#stopping.signal.aborted) {
      await clock.wait(intervalMs, this.#stopping.signal)
      await this.flush()
    }
  }

  async #commitMarks(): Promise<void> {
    const marks = this.#options.marks()
    const uncommitted = marks.uncommitted()
    if (uncommitted.length === 0 || this.#commit === null) return
    const { clock } = this.#options
    const sentAt = clock.monotonicMs()
    try {
      const late = () => new Error(`no answer within ${answerMsMax} ms`)
      await within(this.#commit(toOffsets(uncommitted)), answerMsMax, late)
      marks.committed(uncommitted)
      this.#failingSince = null
    } catch (error) {
      this.#failingSince ??= sentAt
      this.#tell(clock.monotonicMs() - this.#failingSince, error)
    }
  }

  /** Every rebalance fails one or two. */
  #tell(failingMs: number, error: unknown): void {
    const { log, groupId } = this.#options
    const fields = { groupId, failingMs: Math.round(failingMs), error }
    if (failingMs < quietMs) log.debug('kafka.offsets.not_committed', fields)
    else log.warn('kafka.offsets.not_committed', fields)
  }
}

function toOffsets(marks: readonly OffsetMark[]): OffsetsByTopicPartition {
  const byTopic = new Map<string, { partition: number; offset: string }[]>()
  for (const { topic, partition, offset } of marks) {
    const partitions = byTopic.get(topic) ?? []
    byTopic.set(topic, partitions)
    partitions.push({ partition, offset: String(offset) })
  }
  return { topics: [...byTopic].map(([topic, partitions]) => ({ topic, partitions })) }
}
