// Bounds how long the edge waits for an answer from inside, and says of a database that is away that
// it is: most of what is asked here reads it as it is. Fastify's own `handlerTimeout` took
// 30 µs of CPU a request, as much as all the rest; one timer for all requests costs nothing.
import type { Clock } from '../../messaging/clock.ts'
import { isTransientDbError } from '../../messaging/db.ts'
import type { LetterDesk } from '../../messaging/dead-letter-desk.ts'
import { PassingSet } from '../../messaging/passing.ts'
import { orchestratorError } from '../errors.ts'
import type { Edge } from './edge.ts'

type Pending = { readonly dueAtMs: number; readonly refuse: () => void }

/** How late an answer can be refused. */
const checkMs = 1_000

/** The same edge, whose calls reject with ANSWER_TIMEOUT or STORE_UNAVAILABLE; the waits have limits of their own. */
export function limitEdge(edge: Edge, limitMs: number): Edge {
  const limit = new AnswerLimit(edge.clock, limitMs)
  return {
    ...edge,
    start: (request) => limit.within(edge.start(request)),
    operate: (id, event) => limit.within(edge.operate(id, event)),
    signal: (request) => limit.within(edge.signal(request)),
    outlook: (id) => limit.within(edge.outlook(id)),
    migrate: (request) => limit.within(edge.migrate(request)),
    erase: (request) => limit.within(edge.erase(request)),
    audit: (entry) => limit.within(edge.audit(entry)),
    nameOf: (id) => limit.within(edge.nameOf(id)),
    find: (id) => limit.within(edge.find(id)),
    findPast: (id, moment) => limit.within(edge.findPast(id, moment)),
    messages: (id) => limit.within(edge.messages(id)),
    logs: (asked) => limit.within(edge.logs(asked)),
    history: (id, after) => limit.within(edge.history(id, after)),
    feed: (after) => limit.within(edge.feed(after)),
    feedHead: () => limit.within(edge.feedHead()),
    news: (watched) => limit.within(edge.news(watched)),
    bulk: {
      preview: (asked, filter) => limit.within(edge.bulk.preview(asked, filter)),
      create: (order) => limit.within(edge.bulk.create(order)),
      find: (id) => limit.within(edge.bulk.find(id)),
      list: (asked) => limit.within(edge.bulk.list(asked)),
      items: (asked) => limit.within(edge.bulk.items(asked)),
      cancel: (id) => limit.within(edge.bulk.cancel(id)),
    },
    list: (filter) => limit.within(edge.list(filter)),
    locks: (filter) => limit.within(edge.locks(filter)),
    search: (filter, page) => limit.within(edge.search(filter, page)),
    count: (names) => limit.within(edge.count(names)),
    searchLag: () => limit.within(edge.searchLag()),
    stats: (asked) => limit.within(edge.stats(asked)),
    statsLag: () => limit.within(edge.statsLag()),
    vitals: () => limit.within(edge.vitals()),
    problems: () => limit.within(edge.problems()),
    letters: limitDesk(edge.letters, limit),
  }
}

function limitDesk(desk: LetterDesk, limit: AnswerLimit): LetterDesk {
  return {
    list: (page) => limit.within(desk.list(page)),
    find: (id) => limit.within(desk.find(id)),
    edit: (id, edit) => limit.within(desk.edit(id, edit)),
    replay: (id, by) => limit.within(desk.replay(id, by)),
    discard: (id, by) => limit.within(desk.discard(id, by)),
    replayMany: (page) => limit.within(desk.replayMany(page)),
  }
}

class AnswerLimit {
  readonly #clock: Clock
  readonly #limitMs: number
  /** In the order of time, as all have the same limit. */
  readonly #pending = new PassingSet<Pending>()
  #timer: NodeJS.Timeout | null = null

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock
    this.#limitMs = limitMs
  }

  within<T>(answer: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const dueAtMs = this.#clock.monotonicMs() + this.#limitMs
      const refuse = () => {
        this.#pending.delete(pending)
        reject(orchestratorError('ANSWER_TIMEOUT', { limitMs: this.#limitMs }))
      }
      const pending = this.#pending.add({ dueAtMs, refuse })
      this.#timer ??= setTimeout(() => this.#refuseLate(), checkMs)
      answer.then(
        (value) => {
          this.#pending.delete(pending)
          resolve(value)
        },
        (error: unknown) => {
          this.#pending.delete(pending)
          reject(
            isTransientDbError(error) ? orchestratorError('STORE_UNAVAILABLE', {}, error) : error,
          )
        },
      )
    })
  }

  #refuseLate(): void {
    const now = this.#clock.monotonicMs()
    for (const { dueAtMs, refuse } of this.#pending) {
      if (dueAtMs > now) break
      refuse()
    }
    const isIdle = this.#pending.size === 0
    this.#timer = isIdle ? null : setTimeout(() => this.#refuseLate(), checkMs)
  }
}
