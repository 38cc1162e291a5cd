// The timeline of a saga: for each visit of a step one bar forward and one back, with its attempts and
// waits, from its history. Pure; up to a moment, for time travel.
import type { HistoryEntry } from '../chart/journey.ts'

export type Attempt = {
  readonly number: number
  readonly sentAt: number
  /** Null while no answer is there. */
  readonly endedAt: number | null
  readonly outcome: 'succeeded' | 'refused' | 'failed' | 'timed-out' | 'unknown' | 'skipped' | null
}

export type Bar = {
  readonly step: string
  readonly visit: number
  readonly direction: 'do' | 'undo'
  readonly attempts: readonly Attempt[]
  /** The first attempt was sent. */
  readonly startedAt: number
  readonly endedAt: number | null
}

type Open = { -readonly [Name in keyof Bar]: Bar[Name] } & { attempts: Attempt[] }

const outcomes = new Set(['succeeded', 'refused', 'failed', 'timed-out', 'unknown', 'skipped'])

/** In the order in which they began. */
export function timelineOf(entries: readonly HistoryEntry[]): readonly Bar[] {
  const bars = new Map<string, Open>()
  for (const { at, facts } of entries) {
    const now = new Date(at).getTime()
    for (const { type, step, visit = 1, direction = 'do', attempt = 1 } of facts) {
      if (step === undefined) continue
      const key = `${step} ${visit} ${direction}`
      if (type === 'command.sent') sent(bars, key, { step, visit, direction, attempt, now })
      else settled(bars.get(key), type, now)
    }
  }
  return [...bars.values()]
}

type Sent = Pick<Bar, 'step' | 'visit' | 'direction'> & {
  readonly attempt: number
  readonly now: number
}

function sent(bars: Map<string, Open>, key: string, { attempt, now, ...of }: Sent): void {
  const bar = bars.get(key) ?? { ...of, attempts: [], startedAt: now, endedAt: null }
  bars.set(key, bar)
  bar.endedAt = null
  const open = bar.attempts.at(-1)
  // What was never answered ended when it was sent again.
  if (open !== undefined && open.endedAt === null) {
    bar.attempts[bar.attempts.length - 1] = { ...open, endedAt: now, outcome: 'timed-out' }
  }
  bar.attempts.push({ number: attempt, sentAt: now, endedAt: null, outcome: null })
}

function settled(bar: Open | undefined, type: string, now: number): void {
  const outcome = type.replace(/^(step|undo)\./, '')
  const last = bar?.attempts.at(-1)
  if (bar === undefined || last === undefined || !outcomes.has(outcome)) return
  bar.attempts[bar.attempts.length - 1] = {
    ...last,
    endedAt: last.endedAt ?? now,
    outcome: outcome as Attempt['outcome'],
  }
  if (outcome !== 'failed' && outcome !== 'timed-out') bar.endedAt = now
}
