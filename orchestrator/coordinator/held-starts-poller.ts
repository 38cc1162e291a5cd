// Starts what was asked for over Kafka before some version of its saga was on every instance, and
// children before this instance, or another one, had their version. Two
// takers of one start do no harm: its key makes it the same saga.
import type { Clock } from '../../messaging/clock.ts'
import { findHeldStarts, releaseStarts } from '../store/held-starts.ts'
import { giveUp, type StartDependencies, startAll, versionName } from './start-intake.ts'

/** How often it looks; the table is empty but for deployments. */
const pollMs = 1_000
/** Starts taken in one go; when there are more, the next go follows at once. */
const takeMax = 200
/** A start that could not be made for so long is parked, for a person: nobody brings its saga. */
const heldMsMax = 24 * 3_600_000

export class HeldStartsPoller {
  readonly #given: StartDependencies & { readonly clock: Clock }
  readonly #stopping = new AbortController()
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
      const taken = await this.#take().catch((error: unknown) => {
        if (!signal.aborted) log.warn('starts.poll.failed', { error })
        return 0
      })
      if (taken < takeMax) await clock.wait(pollMs, signal)
    }
  }

  /** Answers how many left the table. */
  async #take(): Promise<number> {
    const { db, instances, registry } = this.#given
    const names = [...instances.startableNames(), ...registry.all().map(versionName)]
    const held = await findHeldStarts(db, names, { heldMsMax, limit: takeMax })
    if (held.length === 0) return 0
    const records = held.map(({ record }) => record)
    const { notReady, published } = await startAll(this.#given, records)
    const waiting = new Map(notReady.map((one) => [one.record, one]))
    const done = held.filter(({ record, isOverdue }) => isOverdue || !waiting.has(record))
    const overdue = done.flatMap(({ record }) => waiting.get(record) ?? [])
    const told = await giveUp(this.#given, overdue)
    // Nobody brings these once more, and only the first commands of a saga are kept elsewhere.
    await Promise.all([...published, ...told])
    await releaseStarts(
      db,
      done.map(({ id }) => id),
    )
    return done.length
  }
}
