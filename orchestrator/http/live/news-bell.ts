// Wakes streams when there is something for them. One look at the database a quarter of a second
// serves all streams of this process, and none is made while nobody listens.
import type { Clock } from '../../../messaging/clock.ts'
import type { Log } from '../../../messaging/log.ts'
import type { News, Watched } from '../../store/saga-feed.ts'

const lookMs = 250

type Waiter = {
  /** Null: for the feed of all sagas. */
  readonly saga: Watched | null
  /** The row of the feed that it has. */
  readonly row: number
  readonly wake: () => void
}

export class NewsBell {
  readonly #find: (watched: readonly Watched[]) => Promise<News>
  readonly #given: { readonly clock: Clock; readonly log: Log }
  readonly #waiting = new Set<Waiter>()
  #looking: Promise<void> | null = null

  constructor(
    find: (watched: readonly Watched[]) => Promise<News>,
    given: { readonly clock: Clock; readonly log: Log },
  ) {
    this.#find = find
    this.#given = given
  }

  /** Resolves when the saga has moved on from that revision, or `signal` says so. */
  forSaga(saga: Watched, signal: AbortSignal): Promise<void> {
    return this.#wait({ saga, row: 0 }, signal)
  }

  /** Resolves when the feed has come past that row, or `signal` says so. */
  forFeed(row: number, signal: AbortSignal): Promise<void> {
    return this.#wait({ saga: null, row }, signal)
  }

  #wait(what: Omit<Waiter, 'wake'>, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve()
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake)
        this.#waiting.delete(waiter)
        resolve()
      }
      const waiter = { ...what, wake }
      signal.addEventListener('abort', wake)
      this.#waiting.add(waiter)
      this.#looking ??= this.#look()
    })
  }

  async #look(): Promise<void> {
    const { clock, log } = this.#given
    while (this.#waiting.size > 0) {
      await clock.wait(lookMs)
      await this.#ring().catch((error: unknown) => log.warn('live.look.failed', { error }))
    }
    this.#looking = null
  }

  async #ring(): Promise<void> {
    const waiting = [...this.#waiting]
    const news = await this.#find(waiting.flatMap(({ saga }) => saga ?? []))
    const moved = new Set(news.moved)
    for (const { saga, row, wake } of waiting) {
      if (saga === null ? news.head > row : moved.has(saga.id)) wake()
    }
  }
}
