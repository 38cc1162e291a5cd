// Takes the log lines of all services from their topic and keeps those of sagas, for whoever looks at
// a saga. All orchestrators do it together, as one group; sagas do not wait for it. States: made,
// joining (tries until the topic is there), taking, stopped.
import type { Bus, Handled, IncomingRecord, Subscription } from '../../messaging/bus.ts'
import type { Clock } from '../../messaging/clock.ts'
import { joinGroup } from '../../messaging/join-group.ts'
import type { Metrics } from '../../messaging/metrics.ts'
import { type KeepDependencies, keepLines } from './keep-lines.ts'

export const logsGroup = 'sagaline.logs'

/** Lines of one transaction. */
const recordsMax = 1_000

const collected = {
  name: 'sagaline_log_lines_collected_total',
  help: 'Lines that were taken from the topic of logs: kept, left (of no saga here, told twice, more than fit) or malformed.',
  labels: ['outcome'],
} as const

export type CollectorGiven = KeepDependencies & {
  readonly topic: string
  readonly bus: Bus
  readonly clock: Clock
  readonly metrics: Metrics
}

export class LogCollector {
  readonly #given: CollectorGiven
  readonly #count: ReturnType<Metrics['counter']>
  readonly #stopping = new AbortController()
  #subscription: Subscription | null = null
  #joining: Promise<void> | null = null

  constructor(given: CollectorGiven) {
    this.#given = given
    this.#count = given.metrics.counter(collected)
  }

  start(): void {
    this.#joining ??= this.#join()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#joining
    await this.#subscription?.stop()
  }

  async #join(): Promise<void> {
    const { bus, clock, log } = this.#given
    this.#subscription = await joinGroup({
      ...{ bus, clock, log, groupId: logsGroup },
      signal: this.#stopping.signal,
      topics: [this.#given.topic],
      batchRecordsMax: recordsMax,
      isPatient: true,
      handle: (records) => this.#take(records),
    })
  }

  async #take(records: readonly IncomingRecord[]): Promise<Handled> {
    const { kept, malformed } = await keepLines(this.#given, records)
    this.#count({ outcome: 'kept' }, kept)
    this.#count({ outcome: 'malformed' }, malformed)
    this.#count({ outcome: 'left' }, records.length - kept - malformed)
    return { settled: Promise.resolve() }
  }
}
