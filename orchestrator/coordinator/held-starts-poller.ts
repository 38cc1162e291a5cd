// Starts what was asked for over Kafka before some version of its saga was on every instance, and
// children before this instance, or another one, had their version. Two
// takers of one start do no harm: its key makes it the same saga.
import type { Clock } from '../../messaging/clock.ts'
import { findHeldStarts, type HeldStart, releaseStarts } from '../store/held-starts.ts'
import { giveUp, type StartDependencies, startAll, versionName } from './start-intake.ts'

/** How often it looks; the table is empty but for deployments. */
const pollMs = 1_000
/** Starts taken in one go; when there are more, the next go follows at once. */
const takeMax = 200
/** After a full page of which nothing could be started: many such pages must not cost much. */
const nothingTakenMs = 100
/** A start that could not be made for so long is parked, for a person: nobody brings its saga. */
const heldMsMax = 24 * 3_600_000

/** Before any id. */
const first = '0'

export class HeldStartsPoller {
  readonly #given: StartDependencies & { readonly clock: Clock }
  readonly #stopping = new AbortController()
  /** The id that the next page begins after: what cannot be started yet keeps nothing else waiting. */
  #after = first
  #ended: Promise<void> | null = null

  constructor(given: StartDependencies & { readonly clock: Clock }) {
    this.#given = given
  }

  start(): void {
    this.#ended ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#given
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const waitMs = await this.#takePage().catch((error: unknown) => {
        if (!signal.aborted) log.warn('starts.poll.failed', { error })
        return pollMs
      })
      if (waitMs > 0) await clock.wait(waitMs, signal)
    }
  }

  /** Answers how long to wait before the next one. */
  async #takePage(): Promise<number> {
    const { db, instances, registry } = this.#given
    const names = [...instances.startableNames(), ...registry.all().map(versionName)]
    const page = { heldMsMax, limit: takeMax, after: this.#after }
    const held = await findHeldStarts(db, names, page)
    const last = held.length < takeMax ? undefined : held.at(-1)
    this.#after = last?.id ?? first
    const taken = held.length === 0 ? 0 : await this.#take(held)
    if (last === undefined) return pollMs
    return taken === 0 ? nothingTakenMs : 0
  }

  /** Answers how many left the table. */
  async #take(held: readonly HeldStart[]): Promise<number> {
    const { db, onPoint } = this.#given
    const records = held.map(({ record }) => record)
    const { notReady, published } = await startAll(this.#given, records)
    const waiting = new Map(notReady.map((one) => [one.record, one]))
    const done = held.filter(({ record, isOverdue }) => isOverdue || !waiting.has(record))
    const overdue = done.flatMap(({ record }) => waiting.get(record) ?? [])
    const told = await giveUp(this.#given, overdue)
    // Nobody brings these once more, and only the first commands of a saga are kept elsewhere.
    await Promise.all([...published, ...told])
    await onPoint('held-start.after-publish-before-release')
    await releaseStarts(
      db,
      done.map(({ id }) => id),
    )
    return done.length
  }
}
