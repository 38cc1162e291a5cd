// A clock that goes on only when nothing else can happen: whoever waits for an hour waits no time.
// The virtual world moves it.
import { type Clock, realClock } from '../messaging/clock.ts'

type Wait = { readonly dueAt: number; readonly order: number; readonly resolve: () => void }

export class VirtualClock implements Clock {
  #now: number
  #order = 0
  readonly #waits = new Set<Wait>()

  constructor(now: number) {
    this.#now = now
  }

  now(): Date {
    return new Date(this.#now)
  }

  monotonicMs(): number {
    return this.#now
  }

  wait(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve()
    return new Promise((resolve) => {
      const end = () => {
        this.#waits.delete(wait)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      this.#order += 1
      const wait: Wait = { dueAt: this.#now + ms, order: this.#order, resolve: end }
      this.#waits.add(wait)
      signal?.addEventListener('abort', end)
    })
  }

  /** Without jitter: the same test takes the same way each time. */
  random(): number {
    return 1
  }

  newId(): string {
    return realClock.newId()
  }

  newSecret(): string {
    return realClock.newSecret()
  }

  /** Goes to the next moment that somebody waits for. Ties go by who waited first. */
  advance(): void {
    const [next] = [...this.#waits].sort((a, b) => a.dueAt - b.dueAt || a.order - b.order)
    if (next === undefined) return
    this.#now = Math.max(this.#now, next.dueAt)
    next.resolve()
  }
}
