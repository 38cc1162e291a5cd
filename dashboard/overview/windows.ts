// What the server counted, as it is drawn: one series for the plot, one row for each step. Pure.
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

/** Of sagas as a whole; windows that nothing happened in are 0. */
export function seriesOf({ windowS, items }: Stats, { from, to }: Span): Series {
  const windowMs = 1_000 * windowS
  const count = Math.max(1, Math.ceil((to - from) / windowMs))
  const zeros = () => new Array<number>(count).fill(0)
  const series = {
    at: zeros().map((_, index) => from / 1_000 + index * windowS),
    ...{ started: zeros(), completed: zeros(), compensated: zeros(), stuck: zeros() },
  }
  for (const item of items) {
    if (item.step !== null) continue
    const place = Math.floor((new Date(item.at).getTime() - from) / windowMs)
    if (place < 0 || place >= count) continue
    for (const outcome of outcomes) {
      series[outcome][place] = (series[outcome][place] ?? 0) + (item[outcome] * 60) / windowS
    }
  }
  return series
}

export type StepRow = StatsItem & { readonly step: string }

/** Of a single window; the slowest first. */
export function stepsOf({ items }: Stats): readonly StepRow[] {
  return items
    .filter((item): item is StepRow => item.step !== null)
    .toSorted((one, other) => (other.p99Ms ?? 0) - (one.p99Ms ?? 0))
}
