// Notices a consumer that stopped without a word, as kafkajs's sometimes do: no heartbeat got
// through for a long time although the broker answers. One for each subscription. While the broker
// itself is away nothing is fatal; the consumer finds back by itself.
import type { Clock } from '../clock.ts'

export type WatchdogOptions = {
  /** Without a sign of life for this long the consumer counts as lost. */
  readonly silenceMsMax: number
  /** The broker must have answered for this long before silence is the consumer's fault. */
  readonly graceMs: number
  readonly clock: Clock
  readonly brokerProblem: () => Promise<string | null>
  readonly onSilent: (silentMs: number) => void
}

const checksPerGrace = 4

export class Watchdog {
  readonly #options: WatchdogOptions
  readonly #stopping = new AbortController()
  #lastSign: number
  #brokerUpSince: number | null = null
  #ended: Promise<void> | null = null

  constructor(options: WatchdogOptions) {
    this.#options = options
    this.#lastSign = options.clock.monotonicMs()
  }

  start(): void {
    this.alive()
    this.#ended ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  /** The group's coordinator answered a heartbeat or a join. */
  alive(): void {
    this.#lastSign = this.#options.clock.monotonicMs()
  }

  get silentMs(): number {
    return this.#options.clock.monotonicMs() - this.#lastSign
  }

  async #run(): Promise<void> {
    const { clock, graceMs } = this.#options
    while (!this.#stopping.signal.aborted) {
      await clock.wait(graceMs / checksPerGrace, this.#stopping.signal)
      if (!this.#stopping.signal.aborted) await this.#check()
    }
  }

  async #check(): Promise<void> {
    const { clock, graceMs, silenceMsMax, brokerProblem, onSilent } = this.#options
    if (this.silentMs <= graceMs) {
      this.#brokerUpSince = null
      return
    }
    const problem = await brokerProblem()
    if (problem !== null) this.#brokerUpSince = null
    else this.#brokerUpSince ??= clock.monotonicMs()
    const upMs = this.#brokerUpSince === null ? 0 : clock.monotonicMs() - this.#brokerUpSince
    if (upMs >= graceMs && this.silentMs > silenceMsMax) onSilent(this.silentMs)
  }
}
