// Copies the lines of a log to a topic, beside standard output. Whoever logs never waits for it:
// lines gather in a bounded buffer, what does not fit is dropped and counted, and while Kafka is
// away nothing but that happens. States: made, running (joins, publishes what gathered), stopped.
import type { Bus, OutgoingRecord } from './bus.ts'
import { backoffMs, type Clock } from './clock.ts'
import { within } from './kafka/within.ts'
import { logLineOf } from './log-line.ts'
import type { Metrics } from './metrics.ts'

export type LogTopicOptions = {
  readonly topic: string
  /** A connection of its own, which says nothing of itself: it would come here again. */
  readonly openBus: () => Bus
  readonly clock: Clock
}

/** What waits to be published; further lines are dropped. */
const bufferMax = { lines: 10_000, chars: 8 * 1024 * 1024 }
/** Lines of one publication, well under what a batch may hold. */
const batchMax = { lines: 200, chars: 100 * 1024 }
/** What comes within it goes out together. */
const gatherMs = 200
const retryPauses = { initialMs: 500, maxMs: 5_000 }
/** How long a stop waits for the last lines. */
const stopMsMax = 3_000

const lines = {
  name: 'sagaline_log_lines_total',
  help: 'Lines for the topic of logs, by what became of them: sent, or dropped for want of room.',
  labels: ['outcome'],
} as const

/** Lines on their way to a topic; made by `openLogTopic`, given lines by `copyTo` of `createLog`. */
export class LogTopic {
  readonly #options: LogTopicOptions
  readonly #stopping = new AbortController()
  readonly #waiting: string[] = []
  #chars = 0
  #bus: Bus | null = null
  #running: Promise<void> | null = null
  #wake: (() => void) | null = null
  readonly #counts = { sent: 0, dropped: 0 }
  #count: (outcome: 'sent' | 'dropped', by: number) => void = () => undefined

  constructor(options: LogTopicOptions) {
    this.#options = options
  }

  /** Lines that went out, and that found no room, since the start. */
  get counts(): Readonly<{ sent: number; dropped: number }> {
    return this.#counts
  }

  /** Takes a line of `createLog`. Never throws, never waits. */
  write(line: string): void {
    const isFull = this.#waiting.length >= bufferMax.lines
    if (isFull || this.#chars + line.length > bufferMax.chars || this.#stopping.signal.aborted) {
      this.#add('dropped', 1)
      return
    }
    this.#waiting.push(line)
    this.#chars += line.length
    this.#wake?.()
  }

  /** Shows the counts, also those from before. */
  watch(metrics: Metrics): void {
    const counter = metrics.counter(lines)
    this.#count = (outcome, by) => counter({ outcome }, by)
    for (const outcome of ['sent', 'dropped'] as const) this.#count(outcome, this.#counts[outcome])
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Sends what is left, if that goes quickly. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake?.()
    const late = () => new Error('late')
    await within(this.#running ?? Promise.resolve(), stopMsMax, late).catch(() => undefined)
    await this.#close()
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#stopping
    let failures = 0
    while (!signal.aborted || (this.#waiting.length > 0 && failures === 0)) {
      if (this.#waiting.length === 0) await this.#nextLine()
      await clock.wait(gatherMs, signal)
      try {
        await this.#publish()
        failures = 0
      } catch {
        failures += 1
        await this.#close()
        await clock.wait(backoffMs(retryPauses, failures, clock.random), signal)
      }
    }
    // Nobody sends them any more.
    this.#add('dropped', this.#waiting.length)
    this.#waiting.length = 0
  }

  /** All that waits; a part that failed is sent again, so a line may be there twice. */
  async #publish(): Promise<void> {
    if (this.#waiting.length === 0) return
    const bus = await this.#connect()
    while (this.#waiting.length > 0) {
      const taken = this.#nextBatch()
      await bus.publish(taken.flatMap((line) => recordOf(this.#options.topic, line)))
      this.#waiting.splice(0, taken.length)
      this.#chars -= taken.reduce((sum, line) => sum + line.length, 0)
      this.#add('sent', taken.length)
    }
  }

  #nextBatch(): readonly string[] {
    let chars = 0
    const end = this.#waiting.findIndex((line, at) => {
      chars += line.length
      return at >= batchMax.lines || (at > 0 && chars > batchMax.chars)
    })
    return this.#waiting.slice(0, end === -1 ? this.#waiting.length : end)
  }

  async #connect(): Promise<Bus> {
    if (this.#bus !== null) return this.#bus
    this.#bus = this.#options.openBus()
    await this.#bus.start()
    return this.#bus
  }

  async #close(): Promise<void> {
    const bus = this.#bus
    this.#bus = null
    await bus?.stop().catch(() => undefined)
  }

  #nextLine(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null
        resolve()
      }
      if (this.#stopping.signal.aborted) this.#wake()
    })
  }

  #add(outcome: 'sent' | 'dropped', by: number): void {
    this.#counts[outcome] += by
    this.#count(outcome, by)
  }
}

/** The lines of a saga keep their order. */
function recordOf(topic: string, pinoLine: string): readonly OutgoingRecord[] {
  const line = logLineOf(pinoLine)
  if (line === null) return []
  const key = line.sagaId ?? line.service
  return [{ topic, key, value: JSON.stringify(line), headers: {} }]
}
