// The committing loop of one subscription: takes whatever gathered in the queue, hands it to the
// handler, and goes on as soon as the handler says so, with a limited number of batches whose work
// is not settled. Both buses run it. States: idle (waits for records), handling, pausing (the last
// try failed), stopped.
import type { Handled, IncomingRecord } from './bus.ts'
import { type Backoff, backoffMs, type Clock } from './clock.ts'
import type { Log } from './log.ts'
import { OffsetMarks } from './offset-marks.ts'
import { PassingSet } from './passing.ts'
import { RecordQueue, type RecordQueueLimits } from './record-queue.ts'

export type BatchLoopOptions = {
  readonly handle: (records: readonly IncomingRecord[]) => Promise<Handled>
  readonly batchRecordsMax: number
  /** Batches that were handled and are not settled, late ones apart; at the limit none is taken. */
  readonly unsettledBatchesMax: number
  /** True: of batches that were handled many may wait to be settled together. */
  readonly isPatient?: boolean
  readonly queueLimits: RecordQueueLimits
  /** The pause after a failed try; tries go on for as long as the loop lives. */
  readonly retry: Backoff
  readonly clock: Clock
  readonly log: Log
  readonly groupId: string
  /** Called when a batch was settled and its offsets are marked. */
  readonly onSettled?: () => void
}

type Batch = {
  records: readonly IncomingRecord[]
  /** The generation that it was taken in. */
  readonly marks: OffsetMarks
  readonly settle: () => void
  tries: number
  /** When the handler had answered for it, by the monotonic clock. */
  handledAt: number
}

/** A handler that takes longer is reported as a problem; nothing else happens to it. */
const busyMsMax = 30_000

/**
 * Records of late batches: what waits for one thing is kept, and done again after a crash, together
 * with the rest of its batch. As many as four full batches of a participant.
 */
const lateRecordsMax = 2_000

/** Batches of a patient handler that are handled and not settled. */
const patientBatchesMax = 100

/** A batch that takes longer to settle is reported as well. */
const unsettledMsMax = 30_000

export class BatchLoop {
  readonly queue: RecordQueue
  readonly #options: BatchLoopOptions
  readonly #stopping = new AbortController()
  readonly #failed: Batch[] = []
  #marks = new OffsetMarks()
  /** In the order in which they were handled. */
  readonly #unsettled = new PassingSet<Batch>()
  /** How many of these are late. */
  readonly #late = { batches: 0, records: 0 }
  #wakeSettled: (() => void) | null = null
  #problem: string | null = null
  /** When the handler took the batch that it has not answered yet. */
  #busySince: number | null = null
  #ended: Promise<void> | null = null

  constructor(options: BatchLoopOptions) {
    this.#options = options
    this.queue = new RecordQueue(options.queueLimits)
  }

  start(): void {
    this.#ended ??= this.#run()
  }

  /** Resolves when no handler runs any more and nothing is left to settle. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.queue.wake()
    this.#callSettled()
    await this.#ended
    while (this.#unsettled.size > 0) await this.#nextSettled()
  }

  get marks(): OffsetMarks {
    return this.#marks
  }

  /** Why the handler does not get on, or null. */
  get problem(): string | null {
    if (this.#problem !== null) return this.#problem
    if (this.#busySince === null) return this.#unsettledProblem()
    const busyMs = this.#options.clock.monotonicMs() - this.#busySince
    if (busyMs < busyMsMax) return this.#unsettledProblem()
    return `one batch has been handled for ${Math.round(busyMs / 1_000)} s`
  }

  #unsettledProblem(): string | null {
    const [oldest] = this.#unsettled
    if (oldest === undefined) return null
    const ageMs = this.#options.clock.monotonicMs() - oldest.handledAt
    if (ageMs < unsettledMsMax) return null
    return `${this.#unsettled.size} batches unsettled for ${Math.round(ageMs / 1_000)} s`
  }

  /** A new generation of the group: what was fetched before comes again, here or elsewhere. */
  startGeneration(): void {
    this.queue.clear()
    this.#problem = null
    this.#marks = new OffsetMarks()
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const batch = this.#nextBatch()
      if (batch === null) await this.queue.waitForRecords()
      else await this.#handle(batch)
      while (this.#isFull && !this.#isStopping) await this.#nextSettled()
    }
  }

  get #isFull(): boolean {
    const { unsettledBatchesMax, isPatient = false } = this.#options
    const batchesMax = isPatient ? patientBatchesMax : unsettledBatchesMax
    return (
      this.#unsettled.size - this.#late.batches >= batchesMax ||
      this.#late.records >= lateRecordsMax
    )
  }

  get #isStopping(): boolean {
    return this.#stopping.signal.aborted
  }

  #nextBatch(): Batch | null {
    const failed = this.#failed.shift()
    if (failed !== undefined) return failed
    const records = this.queue.take(this.#options.batchRecordsMax)
    if (records.length === 0) return null
    const marks = this.#marks
    return { records, marks, settle: marks.take(records), tries: 0, handledAt: 0 }
  }

  async #handle(batch: Batch): Promise<void> {
    while (!this.#isStopping && !this.#isOutdated(batch)) {
      batch.tries += 1
      this.#busySince = this.#options.clock.monotonicMs()
      try {
        const handled = await this.#options.handle(batch.records)
        this.#busySince = null
        this.#watch(batch, handled)
        return
      } catch (error) {
        this.#busySince = null
        await this.#pause(batch, error)
      }
    }
    // Its records went elsewhere, and so did what was wrong with them.
    if (this.#isOutdated(batch)) this.#problem = null
  }

  /** A first try goes on in any generation; a repeat would only be done twice over. */
  #isOutdated(batch: Batch): boolean {
    return batch.tries > 0 && batch.marks !== this.#marks
  }

  #watch(batch: Batch, { settled, isLate = false, isTaken = false }: Handled): void {
    const lateRecords = isLate ? batch.records.length : 0
    if (isTaken) batch.records = []
    batch.handledAt = this.#options.clock.monotonicMs()
    const stay = this.#unsettled.add(batch)
    this.#late.batches += Number(isLate)
    this.#late.records += lateRecords
    settled
      .then(
        () => {
          batch.settle()
          this.#problem = null
          this.#options.onSettled?.()
        },
        async (error: unknown) => {
          await this.#pause(batch, error)
          // Its records are not here any more, so whoever comes next reads them: they are not marked.
          if (isTaken) return
          this.#failed.push(batch)
          this.queue.wake()
        },
      )
      .finally(() => {
        this.#unsettled.delete(stay)
        this.#late.batches -= Number(isLate)
        this.#late.records -= lateRecords
        this.#callSettled()
      })
  }

  async #pause(batch: Batch, error: unknown): Promise<void> {
    if (this.#isStopping) return
    const { clock, retry, log, groupId } = this.#options
    const pauseMs = backoffMs(retry, Math.max(batch.tries, 1), clock.random)
    const records = batch.records.length
    this.#problem = error instanceof Error ? error.message : String(error)
    log.warn('subscription.batch.failed', { groupId, records, tries: batch.tries, pauseMs, error })
    await clock.wait(pauseMs, this.#stopping.signal)
  }

  #nextSettled(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeSettled = resolve
    })
  }

  #callSettled(): void {
    const wake = this.#wakeSettled
    this.#wakeSettled = null
    wake?.()
  }
}
