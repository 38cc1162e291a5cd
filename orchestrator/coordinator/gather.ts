// One loop that works through whatever has gathered while its last batch was worked on: batches
// grow with the load and nobody ever waits for a timer.

export type GatherOptions<T> = {
  /** Works on one batch; must not reject. */
  readonly work: (batch: readonly T[]) => Promise<void>
  /** The largest batch; what is over it waits for the next one. */
  readonly batchMax: number
}

export class Gather<T> {
  readonly #options: GatherOptions<T>
  #waiting: T[] = []
  #running: Promise<void> | null = null

  constructor(options: GatherOptions<T>) {
    this.#options = options
  }

  add(items: readonly T[]): void {
    for (const item of items) this.#waiting.push(item)
    if (this.#running === null && this.#waiting.length > 0) this.#running = this.#run()
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Resolves when nothing is waiting or being worked on. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running
  }

  async #run(): Promise<void> {
    // A turn of the event loop lets everything that came in together go in one batch.
    await new Promise((resolve) => setImmediate(resolve))
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, this.#options.batchMax)
      await this.#options.work(batch)
    }
    this.#running = null
  }
}
