// Walks over all sagas now and then, and brings into the read model what nobody told of: sagas that
// are older than it, and those whose events were lost with a topic. It also makes the read model
// anew when somebody asks for that, and cuts the feed. One process at a time does it.
import type { Clock } from '../../messaging/clock.ts'
import { findBehind, leasePass, movePass, type Pass, pruneFeed } from '../store/search-pass.ts'
import { recountSearch } from '../store/write-search.ts'
import { type RefreshDependencies, refreshSagas } from './refresh-sagas.ts'

/** How often it looks whether there is something to do. */
const lookMs = 1_000
/** A walk begins so long after the last one has ended. */
const everyMs = 6 * 3_600_000
/** Sagas of one page, and the pause after it, which keeps the load low. */
const pageSagasMax = 1_000
const pageRestMs = 20
/** Must outlast a page; then another process goes on. */
const leaseMs = 30_000
/** Sagas that moved since are left to whoever follows. */
const restedMs = 60_000
/** Rows of the feed that are kept, for streams that come back, and how many go at once. */
const feedRowsKept = 200_000
const feedCutMax = 10_000

export class SearchPatrol {
  readonly #given: RefreshDependencies & { readonly clock: Clock }
  readonly #id: string
  readonly #stopping = new AbortController()
  #running: Promise<void> | null = null

  constructor(given: RefreshDependencies & { readonly clock: Clock }) {
    this.#given = given
    this.#id = given.clock.newId()
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#given
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const restMs = await this.#step().catch((error: unknown) => {
        if (!signal.aborted) log.warn('search.patrol.failed', { error })
        return lookMs
      })
      await clock.wait(restMs, signal)
    }
  }

  /** Answers how long to rest. */
  async #step(): Promise<number> {
    const { db } = this.#given
    const pass = await leasePass(db, { id: this.#id, leaseMs, everyMs })
    if (pass !== null) {
      await this.#walk(pass)
      return pageRestMs
    }
    const cut = await pruneFeed(db, feedRowsKept, feedCutMax)
    return cut === feedCutMax ? pageRestMs : lookMs
  }

  async #walk({ after, isRebuild, isFirst }: Pass): Promise<void> {
    const { db, log } = this.#given
    const asked = {
      after,
      limit: pageSagasMax,
      isEvery: isRebuild,
      restedMs: isFirst ? 0 : restedMs,
    }
    const { last, behind } = await findBehind(db, asked)
    // Nobody has to hear anew of what is old.
    await refreshSagas(this.#given, behind, { isRebuild, isTold: !isFirst })
    if (last === null && isRebuild) await recountSearch(db)
    await movePass(db, this.#id, last)
    if (last === null) log.info('search.walked', { isRebuild })
  }
}
