// Holds the lifecycle events on the topic against the sagas. Each saga is noted when it is read,
// the topic is read after all of them, and a saga is judged as soon as all of its events are there,
// so that only the events of unfinished business are kept in memory.
import type { LifecycleEvent } from '../lifecycle/lifecycle-event.ts'
import type { StoredSaga } from '../store/saga-rows.ts'
import type { AuditedSaga } from './audited.ts'
import { breach, type Finding, notJudged } from './breaches.ts'

/** Events of no known saga, and beyond what a saga had: so many sagas are looked at again. */
const beyondMax = 10_000

/** What is kept of a saga as it is, to judge all of its events by; null: they tell what is so. */
export type JudgeEvents = (events: readonly LifecycleEvent[]) => Finding | null

export type Telling = {
  /** Every saga is noted, so an event of another one is a breach. */
  readonly isFull: boolean
  readonly judge: (stored: StoredSaga) => JudgeEvents
  /** What replays an entry is most of an event: kept only where it is judged. */
  readonly hasEntries: boolean
}

type Expected = {
  readonly sequence: number
  readonly startedAt: number
  readonly judge: JudgeEvents
  /** Numbers of events that are not known to be in Kafka; null when all are. */
  readonly pending: ReadonlySet<number> | null
  /** What came so far; null once it was judged. */
  events: Map<number, LifecycleEvent> | null
}

export class ToldSagas {
  readonly #expected = new Map<string, Expected>()
  readonly #beyond = new Map<string, number>()
  readonly #telling: Telling

  constructor(telling: Telling) {
    this.#telling = telling
  }

  note({ id, stored, history }: AuditedSaga): void {
    if (stored === null) return
    const { saga, startedAt } = stored
    const numbers = history
      .filter(({ isPending }) => isPending)
      .flatMap(({ facts }) => facts.flatMap(({ seq }) => seq ?? []))
    this.#expected.set(id, {
      sequence: saga.sequence,
      startedAt,
      judge: this.#telling.judge(stored),
      pending: numbers.length === 0 ? null : new Set(numbers),
      events: new Map(),
    })
  }

  /** In any order, and any number of times. */
  take(event: LifecycleEvent): readonly Finding[] {
    const { sagaId, data } = event
    const expected = this.#expected.get(sagaId)
    if (expected === undefined || data.seq > expected.sequence) {
      if (expected !== undefined || this.#telling.isFull) this.#noteBeyond(sagaId, data.seq)
      return []
    }
    if (expected.events === null) return []
    const { entry: _, ...light } = data
    expected.events.set(data.seq, this.#telling.hasEntries ? event : { ...event, data: light })
    if (expected.events.size < expected.sequence) return []
    const found = expected.judge([...expected.events.values()])
    expected.events = null
    return found === null ? [] : [found]
  }

  /** When the topic is read. `oldestKept` is the time from which on it has everything, or null. */
  missing(oldestKept: number | null): readonly Finding[] {
    return [...this.#expected].flatMap(([id, expected]): readonly Finding[] => {
      const { events, pending, sequence, startedAt } = expected
      if (events === null) return []
      const numbers = Array.from({ length: sequence }, (_, index) => index + 1)
      const gone = numbers.filter((seq) => !events.has(seq) && pending?.has(seq) !== true)
      const [first] = gone
      if (first === undefined) return []
      const isPrefix = gone.every((seq, index) => seq === index + 1)
      if (isPrefix && oldestKept !== null && startedAt < oldestKept) {
        return [notJudged(id, 'its first lifecycle events are older than what the topic keeps')]
      }
      const subject = `event ${first} of ${sequence}, ${gone.length} in all`
      return [breach('told.missing', id, subject)]
    })
  }

  /** By saga: the highest number that was told, of those that are to be looked at again. */
  get beyond(): ReadonlyMap<string, number> {
    return this.#beyond
  }

  #noteBeyond(sagaId: string, seq: number): void {
    const known = this.#beyond.get(sagaId)
    if (known === undefined && this.#beyond.size >= beyondMax) return
    this.#beyond.set(sagaId, Math.max(known ?? 0, seq))
  }
}
