// Gathers what an audit finds: every breach is counted, so many are kept, and of what could not be
// judged there is a count and an example.
import type { Breach, BreachName, Finding } from './breaches.ts'

/** Breaches that are kept with their words; those after them are counted. */
export const breachesKeptMax = 10_000
/** Sagas that the next incremental audit has to look at again; past it there is none. */
export const againMax = 100_000

export type NotJudgedCount = {
  readonly what: string
  readonly sagas: number
  readonly example: string
}

export class Findings {
  readonly breaches: Breach[] = []
  readonly #counts = new Map<BreachName, number>()
  readonly #notJudged = new Map<string, { sagas: number; readonly example: string }>()
  readonly #again = new Set<string>()

  /** What is said of a saga twice counts once. */
  add(findings: readonly Finding[]): void {
    const said = new Set<string>()
    for (const finding of findings) {
      if (finding.sagaId !== null && this.#again.size <= againMax) this.#again.add(finding.sagaId)
      if (finding.type === 'breach') this.#addBreach(finding)
      else if (!said.has(`${finding.sagaId} ${finding.what}`)) {
        said.add(`${finding.sagaId} ${finding.what}`)
        const known = this.#notJudged.get(finding.what)
        if (known) known.sagas += 1
        else this.#notJudged.set(finding.what, { sagas: 1, example: finding.sagaId })
      }
    }
  }

  /** By name, the most frequent first. */
  get counts(): Readonly<Partial<Record<BreachName, number>>> {
    return Object.fromEntries([...this.#counts].sort(([, a], [, b]) => b - a))
  }

  get breachCount(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0)
  }

  get notJudged(): readonly NotJudgedCount[] {
    return [...this.#notJudged].map(([what, counted]) => ({ what, ...counted }))
  }

  /** Null when there are too many to be remembered. */
  get again(): readonly string[] | null {
    return this.#again.size > againMax ? null : [...this.#again].sort()
  }

  #addBreach(breach: Breach): void {
    this.#counts.set(breach.name, (this.#counts.get(breach.name) ?? 0) + 1)
    if (this.breaches.length < breachesKeptMax) this.breaches.push(breach)
  }
}
