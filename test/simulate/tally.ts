// The figures of many runs together, and how they are printed.
import type { Simulated } from './simulate.ts'
import { faultKinds } from './world/fault-rates.ts'

/** Below it a hazard that was not met, or a fault that did not happen, proves nothing. */
export const sagasThatCount = 20_000

/** What must have been met over 20,000 sagas: the orderings that break sagas. */
export const requiredHazards: readonly string[] = [
  'duplicate command',
  'duplicate reply',
  'reply after the step timed out',
  'late success after compensation began',
  'compensation before the command',
  'waited for a lock: participant-lock-fences',
  'compensation fails',
  'compensation refused',
  'reply for a finished saga',
  'foreign reply parked',
  'verb cancel taken',
  'verb cancel refused: SAGA_PAST_PIVOT',
  'verb cancel refused: SAGA_ENDED',
  'step after the pivot fails',
  'poison parked',
  'lost command or reply: sent again',
  'external effect asked about: known',
  'external effect asked about: unknown',
  'new version while in flight: reply held for another instance',
  'timer late',
  'two members with the same record: sagaline',
  'waited for a lock: sagas.lock',
  'outbox relay failed and went on',
  'leftover batches brought out',
  'saga.flagged',
  'saga.stuck',
  'key reused',
]

export class Tally {
  runs = 0
  sagas = 0
  steps = 0
  virtualMs = 0
  faults = 0
  readonly hazards = new Map<string, number>()
  readonly faultKinds = new Map<string, number>()
  readonly failed: Simulated[] = []
  readonly #startedAt = process.cpuUsage()

  add(run: Simulated): void {
    this.runs += 1
    this.sagas += run.sagas
    this.steps += run.steps
    this.virtualMs += run.virtualMs
    this.faults += run.faults.length
    for (const [hazard, times] of run.hazards) count(this.hazards, hazard, times)
    for (const { kind } of run.faults) count(this.faultKinds, kind, 1)
    if (run.breaches.length > 0) this.failed.push(run)
  }

  get cpuSeconds(): number {
    const { user, system } = process.cpuUsage(this.#startedAt)
    return (user + system) / 1_000_000
  }

  /** What should have been met, and was not; null when these are too few sagas to tell. */
  missing(): readonly string[] | null {
    if (this.sagas < sagasThatCount) return null
    const faults = faultKinds.filter((kind) => !this.faultKinds.has(kind))
    const hazards = requiredHazards.filter((hazard) => !this.hazards.has(hazard))
    return [
      ...faults.map((kind) => `a fault that was planned never happened: ${kind}`),
      ...hazards.map((hazard) => `a hazard was never met: ${hazard}`),
    ]
  }

  progress(): string {
    const perSecond = Math.round(this.sagas / this.cpuSeconds)
    const failed = this.failed.length
    return `${this.sagas} sagas in ${this.runs} worlds, ${perSecond} a CPU second, ${this.faults} faults, ${failed} failed`
  }

  figures(): readonly string[] {
    const perSecond = this.sagas / this.cpuSeconds
    return [
      `sagas: ${this.sagas} in ${this.runs} worlds, ${this.steps} steps, ${(this.virtualMs / 3_600_000).toFixed(1)} virtual hours`,
      `speed on one core: ${perSecond.toFixed(0)} sagas a second, ${Math.round(perSecond * 3_600)} an hour`,
      `faults: ${this.faults}`,
      ...lines(this.faultKinds),
      'hazards seen:',
      ...lines(this.hazards),
      `promises broken: ${this.failed.reduce((sum, { breaches }) => sum + breaches.length, 0)}`,
    ]
  }
}

function count(counts: Map<string, number>, name: string, times: number): void {
  counts.set(name, (counts.get(name) ?? 0) + times)
}

function lines(counts: ReadonlyMap<string, number>): readonly string[] {
  return [...counts].toSorted().map(([name, times]) => `${String(times).padStart(9)}  ${name}`)
}
