// What has been seen of a run so far: orders and their ends, faults, and how many sagas ended in
// each second. Everything is counted in ms from the beginning of the load.

import type { AnsweredStart } from '../system/audit.ts'
import type { Answer } from '../system/saga-client.ts'
import type { MadeFault } from './fault.ts'
import type { PlacedOrder, Wanted } from './load.ts'

type Order = {
  readonly wanted: Wanted
  readonly startedMs: number
  id: string | null
  end: string | null
  endedMs: number
}

export type RecordProblem = {
  readonly name: 'start.two-sagas' | 'answer.unexpected' | 'outcome.wrong'
  readonly subject: string
}

const endStatuses: readonly unknown[] = ['completed', 'compensated']

export class RunRecord {
  readonly #now: () => number
  readonly #startedAt: number
  readonly #orders = new Map<string, Order>()
  readonly faults: MadeFault[] = []
  readonly problems: RecordProblem[] = []
  /** Sagas that ended in each second. */
  readonly endedPerSecond: number[] = []
  readonly outcomes = new Map<string, number>()
  ended = 0
  #lastEndMs = 0
  #longestStallMs = 0
  #longestSagaMs = 0

  constructor(now: () => number) {
    this.#now = now
    this.#startedAt = now()
  }

  get started(): number {
    return this.#orders.size
  }

  get longestSagaMs(): number {
    return Math.round(this.#longestSagaMs)
  }

  /** The longest time in which no saga ended. */
  get longestStallMs(): number {
    return Math.round(this.#longestStallMs)
  }

  /** What REST has answered with an id. */
  get starts(): readonly AnsweredStart[] {
    return [...this.#orders].flatMap(([customer, { id }]) =>
      id === null ? [] : [{ id, customer }],
    )
  }

  get lastEndMs(): number {
    return this.#lastEndMs
  }

  get notEnded(): readonly string[] {
    return [...this.#orders].flatMap(([customer, { end }]) => (end === null ? [customer] : []))
  }

  /** When the last of the orders ended that were under way at the given moment. */
  owedUntilMs(momentMs: number): number {
    const owed = [...this.#orders.values()].filter(({ startedMs }) => startedMs <= momentMs)
    return owed.reduce((latest, { endedMs }) => Math.max(latest, endedMs), 0)
  }

  elapsedMs(): number {
    return this.#now() - this.#startedAt
  }

  begin({ customer, wanted }: PlacedOrder): void {
    const startedMs = this.elapsedMs()
    this.#orders.set(customer, { wanted, startedMs, id: null, end: null, endedMs: 0 })
  }

  /** True when the answer tells of an end. */
  take({ customer }: PlacedOrder, { status, body }: Answer): boolean {
    const order = this.#orders.get(customer)
    // "Later" is an answer too.
    // What did not arrive as a whole was not looked at.
    if (order === undefined || status === 503 || status === 408) return false
    const { id, status: state } = body
    if (status >= 300 || typeof id !== 'string') {
      this.#report('answer.unexpected', `${customer}: ${status} ${JSON.stringify(body)}`)
      return false
    }
    if (order.id !== null && order.id !== id) {
      this.#report('start.two-sagas', `${customer}: ${order.id} and ${id}`)
    }
    order.id = id
    if (!endStatuses.includes(state)) return false
    if (order.end === null) this.#end(customer, order, String(state))
    else if (order.end !== state)
      this.#report('outcome.wrong', `${customer}: ${order.end}, ${state}`)
    return true
  }

  #end(customer: string, order: Order, state: string): void {
    const nowMs = this.elapsedMs()
    const second = Math.floor(nowMs / 1_000)
    order.end = state
    order.endedMs = nowMs
    this.ended += 1
    while (this.endedPerSecond.length <= second) this.endedPerSecond.push(0)
    this.endedPerSecond[second] = (this.endedPerSecond[second] ?? 0) + 1
    this.outcomes.set(state, (this.outcomes.get(state) ?? 0) + 1)
    this.#longestStallMs = Math.max(this.#longestStallMs, nowMs - this.#lastEndMs)
    this.#longestSagaMs = Math.max(this.#longestSagaMs, nowMs - order.startedMs)
    this.#lastEndMs = nowMs
    if (state === order.wanted) return
    const why = state === 'completed' ? 'though it was refused' : 'and nobody refused it'
    this.#report('outcome.wrong', `${customer}: ${state}, ${why}`)
  }

  #report(name: RecordProblem['name'], subject: string): void {
    this.problems.push({ name, subject })
  }
}
