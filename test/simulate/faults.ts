// The faults of a run. Each place that may go wrong asks whether it does; the answer depends on the
// seed, the kind of fault and how often that kind was asked for, and on nothing else. What went
// wrong is kept as a list, and a run can be repeated with some of the list only.
import { chanceOf, hashText } from './random.ts'

export type FaultKind = string

export type Fault = {
  /** `kind:count`, the same in every run with this seed. */
  readonly key: string
  readonly kind: FaultKind
  readonly atMs: number
  readonly detail: string
}

export type FaultRates = Readonly<Record<FaultKind, number>>

type Kind = { readonly hash: number; count: number }

export class Faults {
  readonly happened: Fault[] = []
  /** Set when the world is to come to rest. */
  areOver = false
  readonly #given: {
    readonly seed: number
    readonly rates: FaultRates
    /** Only these, or all when it is null. */
    readonly only: ReadonlySet<string> | null
    readonly nowMs: () => number
  }
  readonly #kinds = new Map<FaultKind, Kind>()

  constructor(given: {
    seed: number
    rates: FaultRates
    only: ReadonlySet<string> | null
    nowMs: () => number
  }) {
    this.#given = given
  }

  /** A kind without a rate never happens. */
  happens(kind: FaultKind, detail = ''): boolean {
    if (this.areOver) return false
    const rate = this.#given.rates[kind] ?? 0
    if (rate === 0) return false
    const state = this.#stateOf(kind)
    state.count += 1
    if (chanceOf(this.#given.seed, state.hash, state.count) >= rate) return false
    const key = `${kind}:${state.count}`
    const { only, nowMs } = this.#given
    if (only !== null && !only.has(key)) return false
    this.happened.push({ key, kind, atMs: nowMs(), detail })
    return true
  }

  #stateOf(kind: FaultKind): Kind {
    const known = this.#kinds.get(kind)
    if (known) return known
    const state = { hash: hashText(kind), count: 0 }
    this.#kinds.set(kind, state)
    return state
  }
}
