// Sums of the windows that the server counts in: one series for the plot, one row for each step. Pure.
import type { Api } from '../../orchestrator/client/index.ts'

type Stats = Api['get-stats']['answer']
type StatsItem = Stats['items'][number]

export const outcomes = ['started', 'completed', 'compensated', 'stuck'] as const
export type Outcome = (typeof outcomes)[number]

/** Times in s, as the plot wants them; values per minute. */
export type Series = { readonly at: readonly number[] } & Readonly<
  Record<Outcome, readonly number[]>
>

type Span = { readonly from: number; readonly to: number }

/** More windows than this are drawn as fewer, longer ones. */
const pointsMax = 240

export function seriesOf({ windowS, items }: Stats, { from, to }: Span): Series {
  const windowMs = 1_000 * windowS
  const windows = Math.max(1, Math.ceil((to - from) / windowMs))
  const each = Math.ceil(windows / pointsMax)
  const lengthMs = each * windowMs
  // Of a window that begins before the span nothing is told.
  const begin = Math.ceil(from / lengthMs) * lengthMs
  const count = Math.max(1, Math.ceil((to - begin) / lengthMs))
  const sums = outcomes.map(() => new Array<number>(count).fill(0))
  for (const item of items) {
    if (item.step !== null) continue
    const place = Math.floor((new Date(item.at).getTime() - begin) / lengthMs)
    if (place < 0 || place >= count) continue
    outcomes.forEach((outcome, index) => {
      const row = sums[index]
      if (row !== undefined) row[place] = (row[place] ?? 0) + item[outcome]
    })
  }
  const perMinute = (row: readonly number[] = []) => row.map((sum) => (sum * 60_000) / lengthMs)
  const [started, completed, compensated, stuck] = sums.map(perMinute)
  return {
    at: Array.from({ length: count }, (_, index) => (begin + index * lengthMs) / 1_000),
    started: started ?? [],
    completed: completed ?? [],
    compensated: compensated ?? [],
    stuck: stuck ?? [],
  }
}

export type StepRow = {
  readonly name: string
  readonly step: string
  readonly count: number
  readonly retries: number
  readonly failed: number
  /** Of all windows, weighted by what was counted in each; p99 is that of the worst one. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

/** The slowest first. */
export function stepsOf({ items }: Stats): readonly StepRow[] {
  const ofSteps = items.filter(({ step }) => step !== null)
  const groups = Map.groupBy(ofSteps, ({ name, step }) => `${name} ${step}`)
  return [...groups.values()]
    .map(rowOf)
    .toSorted((one, other) => (other.p99Ms ?? 0) - (one.p99Ms ?? 0))
}

function rowOf(items: readonly StatsItem[]): StepRow {
  const [first] = items
  const sum = (value: (item: StatsItem) => number) =>
    items.reduce((total, item) => total + value(item), 0)
  const timed = items.filter(({ p50Ms, count }) => p50Ms !== null && count > 0)
  const timedCount = timed.reduce((total, { count }) => total + count, 0)
  const weighted = timed.reduce((total, { p50Ms, count }) => total + (p50Ms ?? 0) * count, 0)
  const worst = timed.map(({ p99Ms }) => p99Ms ?? 0)
  return {
    name: first?.name ?? '',
    step: first?.step ?? '',
    count: sum(({ count }) => count),
    retries: sum(({ retries }) => retries),
    failed: sum(({ failed }) => failed),
    p50Ms: timedCount === 0 ? null : weighted / timedCount,
    p99Ms: worst.length === 0 ? null : Math.max(...worst),
  }
}
