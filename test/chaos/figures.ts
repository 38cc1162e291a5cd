// What a run prints: a line now and then while it goes on, and the table at its end.
import type { MadeFault } from './fault.ts'
import type { Member } from './member.ts'
import type { RunRecord } from './run-record.ts'
import type { Violation } from './verdict.ts'

export type Progress = {
  readonly record: RunRecord
  readonly planned: number
  /** Faults that are there now. */
  readonly now: readonly string[]
  /** Sagas that had ended at the last line, and how long ago that was. */
  readonly before: { readonly ended: number; readonly ms: number }
}

export function progressLine({ record, planned, now, before }: Progress): string {
  const elapsedMs = record.elapsedMs()
  const passedS = (elapsedMs - before.ms) / 1_000
  const perSecond = Math.round((record.ended - before.ended) / Math.max(passedS, 0.001))
  return [
    `${Math.round(elapsedMs / 1_000)} s`.padStart(6),
    `${record.started} started, ${record.ended} ended, ${perSecond}/s`,
    `${record.faults.length} of ${planned} faults`,
    now.length === 0 ? 'none now' : `now ${now.join(', ')}`,
  ].join(' | ')
}

export type Figures = {
  readonly seed: number
  readonly loadMs: number
  readonly record: RunRecord
  readonly members: readonly Pick<Member, 'restarts' | 'endedByItself'>[]
  readonly drainMs: number | null
  /** Kinds that this machine does not allow, with the reason. */
  readonly notPossible: readonly { readonly kind: string; readonly why: string }[]
  readonly poison: number
  /** Of those: found among the dead letters. */
  readonly setAside: number
  readonly violations: readonly Violation[]
}

const violationsShown = 20

export function figureLines(figures: Figures): readonly string[] {
  const { seed, loadMs, record, drainMs, members, notPossible, violations } = figures
  const sum = (pick: (member: Figures['members'][number]) => number) =>
    members.reduce((total, member) => total + pick(member), 0)
  const outcomes = [...record.outcomes].sort().map(([outcome, count]) => `${count} ${outcome}`)
  const happened = record.faults.filter(({ seen }) => seen !== null)
  const kinds = Map.groupBy(happened, ({ kind }) => kind)
  const rows: readonly (readonly [string, string])[] = [
    ['seed', `${seed}`],
    ['from the first start to the last end', `${Math.round(loadMs / 1_000)} s`],
    ['sagas started', `${record.started}`],
    ['sagas ended', `${record.ended} (${outcomes.join(', ')})`],
    ['faults', `${happened.length} of ${kinds.size} kinds`],
    ...[...kinds].sort().map(([kind, made]): [string, string] => [`  ${kind}`, `${made.length}`]),
    ...notPossible.map(({ kind, why }): [string, string] => [`  ${kind}`, `not here: ${why}`]),
    ['processes started again', `${sum(({ restarts }) => restarts)}`],
    ['of those ended by themselves', `${sum(({ endedByItself }) => endedByItself)}`],
    ['poisoned records set aside', `${figures.setAside} of ${figures.poison}`],
    ['longest stall of all sagas', seconds(record.longestStallMs)],
    ['longest saga', seconds(record.longestSagaMs)],
    ['last saga ended after the last fault', drainMs === null ? 'never' : seconds(drainMs)],
    ['violations', `${violations.length}`],
  ]
  const nameWidth = Math.max(...rows.map(([name]) => name.length)) + 2
  return [
    ...rows.map(([name, value]) => `${name.padEnd(nameWidth)}${value}`),
    ...violations
      .slice(0, violationsShown)
      .map(({ name, subject }) => `VIOLATION ${name}: ${subject}`),
  ]
}

export function faultLine({ kind, fromMs, toMs, seen, problem }: MadeFault): string {
  const times = `${seconds(fromMs)} to ${seconds(toMs)}`
  return `${times}: ${kind}: ${seen ?? `DID NOT HAPPEN: ${problem}`}`
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
