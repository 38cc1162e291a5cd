// One member of a consumer group: kafkajs fetches into a bounded queue, the batch loop handles
// what gathers there, and offsets are committed from a timer once the work is settled. States:
// joining, joined, rejoining (after a rebalance or a crash of the consumer), lost (the process
// must be started anew), stopped.
import type { Consumer, ConsumerCrashEvent, EachBatchPayload } from 'kafkajs'
import { BatchLoop } from '../batch-loop.ts'
import type { SubscribeOptions, Subscription } from '../bus.ts'
import type { Clock } from '../clock.ts'
import type { Log } from '../log.ts'
import { partitionOf } from '../partition.ts'
import type { KafkaTimings } from './client-settings.ts'
import type { GroupMember } from './leave-groups.ts'
import { OffsetCommitter } from './offset-committer.ts'
import { toIncomingRecords } from './to-incoming-records.ts'
import { forbidden } from './trouble.ts'
import { Watchdog } from './watchdog.ts'
import { within } from './within.ts'

export type KafkaSubscriptionOptions = SubscribeOptions & {
  readonly createConsumer: (mayRestart: () => boolean) => Consumer
  readonly timings: KafkaTimings
  readonly clock: Clock
  readonly log: Log
  readonly brokerProblem: () => Promise<string | null>
  /** How many a topic has; undefined while that is not known. */
  readonly partitionsOf: (topic: string) => number | undefined
  readonly onJoined: (member: GroupMember) => void
  readonly onFatal: (error: Error) => void
}

type Assignment = Readonly<Record<string, readonly number[]>>
type Joined = GroupMember & { readonly memberAssignment: Assignment }

/** At these the consumer waits; a fetch of up to 4 MiB may then already be on its way. */
const queueLimits = { recordsMax: 10_000, bytesMax: 8 * 1024 * 1024 }

/** Batches handled and not settled: enough to hide a publication, few enough to redo. */
const unsettledBatchesMax = 4

const retryPauses = { initialMs: 100, maxMs: 5_000 }

/** A consumer that waits for room looks this often whether a heartbeat is due. */
const roomCheckMs = 500

export class KafkaSubscription implements Subscription {
  readonly #options: KafkaSubscriptionOptions
  readonly #consumer: Consumer
  readonly #loop: BatchLoop
  readonly #committer: OffsetCommitter
  readonly #watchdog: Watchdog
  #running: Promise<void> = Promise.resolve()
  /** Counts the joins, so that what began before one is recognised after it. */
  #generation = 0
  /** By topic; null between two generations. */
  #assigned: Assignment | null = null
  #problem: string | null = 'joining the group'
  #isStopping = false
  #isLost = false
  #stopped: Promise<void> | null = null

  constructor(options: KafkaSubscriptionOptions) {
    const { timings, clock, log, groupId, brokerProblem } = options
    this.#options = options
    this.#consumer = options.createConsumer(() => !this.#isStopping)
    this.#loop = new BatchLoop({ ...options, unsettledBatchesMax, queueLimits, retry: retryPauses })
    const marks = () => this.#loop.marks
    const intervalMs = timings.commitIntervalMs
    this.#committer = new OffsetCommitter({ marks, intervalMs, groupId, clock, log })
    this.#watchdog = new Watchdog({
      // A rebalance may take this long without a heartbeat.
      silenceMsMax: Math.max(
        2 * timings.sessionTimeoutMs,
        timings.sessionTimeoutMs + timings.rebalanceTimeoutMs,
      ),
      graceMs: timings.sessionTimeoutMs,
      clock,
      brokerProblem,
      onSilent: (silentMs) => this.#lose(`no heartbeat for ${Math.round(silentMs / 1_000)} s`),
    })
  }

  /** Resolves when connected; joining goes on behind, and `problem()` tells when it is done. */
  async start(): Promise<void> {
    const topics = [...this.#options.topics]
    this.#listen()
    await this.#consumer.connect()
    // Also the rule for offsets that retention has passed: the oldest record, never the newest.
    await this.#consumer.subscribe({ topics, fromBeginning: true })
    this.#loop.start()
    this.#committer.start()
    this.#watchdog.start()
    this.#running = this.#consumer
      .run({
        // kafkajs would await its commit before the next fetch: 6.3 instead of 0.7 ms a hop.
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#enqueue(payload),
      })
      .catch((error: unknown) => this.#lose('the consumer did not start', error))
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  problem(): string | null {
    if (this.#problem !== null) return this.#problem
    const { silentMs } = this.#watchdog
    if (silentMs > this.#options.timings.sessionTimeoutMs) {
      return `no heartbeat for ${Math.round(silentMs / 1_000)} s`
    }
    return this.#loop.problem
  }

  takes(key: string): boolean {
    const { topics, partitionsOf } = this.#options
    return topics.every((topic) => {
      const own = this.#assigned?.[topic] ?? []
      const partitions = partitionsOf(topic) ?? 0
      if (own.length === 0 || partitions === 0) return false
      return own.length === partitions || own.includes(partitionOf(key, partitions))
    })
  }

  async #stop(): Promise<void> {
    this.#isStopping = true
    this.#assigned = null
    this.#problem = 'stopped'
    this.#pauseFetching()
    const { stopDeadlineMs } = this.#options.timings
    await this.#try('handlers', () => this.#loop.stop(), stopDeadlineMs)
    await this.#try('offsets', () => this.#committer.stop(), stopDeadlineMs)
    await this.#watchdog.stop()
    // A join that is under way would start the consumer after it was told to stop.
    const left = this.#running.then(() => this.#consumer.disconnect())
    await this.#try('group', () => left, stopDeadlineMs)
    this.#loop.queue.clear()
  }

  /** Heartbeats go on while handlers come to their end. */
  #pauseFetching(): void {
    try {
      this.#consumer.pause(this.#options.topics.map((topic) => ({ topic })))
    } catch {
      // Not running yet, so there is nothing to pause.
    }
    this.#loop.queue.wake()
  }

  async #try(part: string, end: () => Promise<void>, deadlineMs: number): Promise<void> {
    const { log, groupId } = this.#options
    try {
      await within(end(), deadlineMs, () => new Error(`not within ${deadlineMs} ms`))
    } catch (error) {
      log.warn('subscription.stop.incomplete', { groupId, part, error })
    }
  }

  #listen(): void {
    const { events } = this.#consumer
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => this.#joined(payload))
    this.#consumer.on(events.HEARTBEAT, () => this.#watchdog.alive())
    this.#consumer.on(events.REBALANCING, () => {
      this.#assigned = null
      // Sent before the request to join, so it still counts in the old generation.
      void this.#committer.flush()
      if (!this.#isStopping) this.#problem = 'rejoining the group'
    })
    this.#consumer.on(events.CRASH, (event) => this.#crashed(event))
  }

  #joined({ groupId, memberId, memberAssignment }: Joined): void {
    this.#options.onJoined({ groupId, memberId })
    this.#assigned = memberAssignment
    this.#generation += 1
    this.#loop.startGeneration()
    this.#watchdog.alive()
    if (!this.#isStopping && !this.#isLost) this.#problem = null
    this.#options.log.info('subscription.joined', { groupId: this.#options.groupId })
  }

  #crashed({ payload }: ConsumerCrashEvent): void {
    this.#assigned = null
    if (this.#isStopping) return
    const { log, groupId } = this.#options
    if (!payload.restart) {
      this.#lose('the consumer crashed', payload.error)
      return
    }
    log.warn('subscription.restarted', { groupId, error: payload.error })
    this.#problem = `restarting: ${payload.error.message}`
  }

  /** kafkajs will not get on by itself: only a new process does. */
  #lose(problem: string, cause?: unknown): void {
    if (this.#isStopping || this.#isLost) return
    this.#isLost = true
    const { log, groupId, onFatal } = this.#options
    this.#problem = problem
    log.error('subscription.lost', { groupId, problem, error: cause })
    const lost = new Error(`Subscription ${groupId}: ${problem}`, { cause })
    onFatal(forbidden(`the group ${groupId} or its topics`, cause) ?? lost)
  }

  /** Only what kafkajs's own calls throw may leave here; anything else would end the consumer. */
  async #enqueue(payload: EachBatchPayload): Promise<void> {
    const generation = this.#generation
    const { queue } = this.#loop
    const mayEnqueue = () =>
      !this.#isStopping && payload.isRunning() && generation === this.#generation
    while (queue.isFull && mayEnqueue()) {
      await queue.waitForRoom(this.#options.clock, roomCheckMs)
      await payload.heartbeat()
    }
    const last = payload.batch.messages.at(-1)
    if (!mayEnqueue() || last === undefined) return
    this.#committer.use((offsets) => payload.commitOffsetsIfNecessary(offsets))
    queue.put(toIncomingRecords(payload.batch))
    payload.resolveOffset(last.offset)
  }
}
