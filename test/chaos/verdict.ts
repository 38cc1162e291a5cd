// The verdict on a run: everything that was promised and did not hold. Empty means that nothing was
// lost and that every fault that was planned has happened.
import type { DeadLetter, LetterProblem } from './dead-letters.ts'
import { judgeLetters } from './dead-letters.ts'
import type { MadeFault } from './fault.ts'
import type { PlannedFault } from './plan-faults.ts'
import type { RecordProblem } from './run-record.ts'

export type Violation = { readonly name: string; readonly subject: string }

/** What a run must have had: one in which little happened shows nothing. */
export type Least = {
  readonly sagas: number
  readonly faults: number
  readonly kinds: number
}

const faultsPerMinuteMin = 10
const kindsMin = 14

/** For a run of so many minutes, of which there must be one at least. */
export function leastOf(minutes: number, sagasPerMinuteMin: number): Least {
  const faults = Math.floor(minutes * faultsPerMinuteMin)
  const sagas = Math.floor(minutes * sagasPerMinuteMin)
  return { sagas, faults, kinds: Math.min(kindsMin, faults) }
}

/** What was found when the run was over and the system at rest. */
export type Findings = {
  readonly plan: readonly PlannedFault[]
  readonly faults: readonly MadeFault[]
  /** Sagas that have ended. */
  readonly ended: number
  readonly least: Least
  readonly problems: readonly RecordProblem[]
  /** Customers whose sagas have not ended. */
  readonly notEnded: readonly string[]
  /** From the end of the last fault to the end of the last saga; null when one has not ended. */
  readonly drainMs: number | null
  readonly drainMsMax: number
  readonly letters: readonly DeadLetter[]
  readonly poison: ReadonlySet<string>
  /** In cents: of orders whose sagas completed, and what was taken and not given back. */
  readonly money: { readonly sold: number; readonly taken: number }
  /** Rows that a system at rest does not have, by table. */
  readonly leftovers: Readonly<Record<string, number>>
  /** Processes that ended by what they threw and nobody caught. */
  readonly thrown: readonly string[]
  /** What auditors said. */
  readonly breaches: readonly Violation[]
}

export function judge(found: Findings): readonly Violation[] {
  return [
    ...judgeFaults(found.plan, found.faults),
    ...judgeSize(found),
    ...found.problems,
    ...found.notEnded.map((customer) => ({ name: 'saga.not-ended', subject: customer })),
    ...judgeDrain(found),
    ...(judgeLetters(found.letters, found.poison) satisfies readonly LetterProblem[]),
    ...judgeMoney(found.money),
    ...Object.entries(found.leftovers)
      .filter(([, count]) => count !== 0)
      .map(([table, count]) => ({ name: 'left-over', subject: `${count} in ${table}` })),
    ...found.thrown.map((name) => ({ name: 'process.threw', subject: name })),
    ...found.breaches,
  ]
}

function judgeFaults(
  plan: readonly PlannedFault[],
  faults: readonly MadeFault[],
): readonly Violation[] {
  const missing = new Map<string, number>()
  for (const { kind } of plan) missing.set(kind, (missing.get(kind) ?? 0) + 1)
  for (const { kind, seen } of faults) {
    if (seen !== null) missing.set(kind, (missing.get(kind) ?? 0) - 1)
  }
  return [...missing]
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => {
      const why = faults.find((fault) => fault.kind === kind && fault.seen === null)?.problem
      const subject = `${kind}: ${count} planned and not seen${why === undefined ? '' : `: ${why}`}`
      return { name: 'fault.did-not-happen', subject }
    })
}

function judgeSize({ faults, ended, least }: Findings): readonly Violation[] {
  const seen = faults.filter((fault) => fault.seen !== null)
  const kinds = new Set(seen.map(({ kind }) => kind)).size
  const counts: Least = { sagas: ended, faults: seen.length, kinds }
  return (['sagas', 'faults', 'kinds'] as const)
    .filter((of) => counts[of] < least[of])
    .map((of) => ({ name: 'run.too-small', subject: `${counts[of]} ${of}, not ${least[of]}` }))
}

function judgeDrain({ drainMs, drainMsMax }: Findings): readonly Violation[] {
  if (drainMs !== null && drainMs <= drainMsMax) return []
  const took = drainMs === null ? 'not at all' : `after ${Math.round(drainMs)} ms`
  const subject = `the last saga ended ${took}; at most ${drainMsMax} ms after the last fault`
  return [{ name: 'drain.too-long', subject }]
}

function judgeMoney({ sold, taken }: Findings['money']): readonly Violation[] {
  if (sold === taken) return []
  return [{ name: 'money.differs', subject: `sold for ${sold}, taken ${taken}` }]
}
