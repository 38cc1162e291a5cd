// What the lifecycle events told of the last minutes, as gauges of `/metrics` for alerts: unlike
// counters they outlast restarts. Every orchestrator of a deployment tells the same: take the largest
// of them, not their sum.
import type { Clock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { keptFor } from '../../messaging/kept-for.ts'
import type { Metrics } from '../../messaging/metrics.ts'
import type { StatsWindow } from '../store/stats-batch.ts'
import { readWindows } from '../store/stats-windows.ts'
import { type Durations, percentile } from './duration-buckets.ts'

const recentMs = 15 * 60_000
/** Gauges of one page are of one reading. */
const keptMs = 1_000
/** Of one reading: one for each saga and step. */
const windowsMax = 20_000

const outcomes = ['completed', 'compensated', 'failed', 'stuck'] as const

type StatsGauged = {
  readonly db: Db
  readonly clock: Clock
  readonly metrics: Metrics
  /** Only their sagas and steps are told, so that no label is a stranger's. */
  readonly definitions: Definitions
  /** In ms; null while nobody knows. */
  readonly statsLag: () => Promise<number | null>
}

type Definitions = readonly {
  readonly name: string
  readonly steps: Pick<ReadonlySet<string>, 'has'>
}[]

export function gaugeStats({ db, clock, metrics, definitions, statsLag }: StatsGauged): void {
  const recent = keptFor(keptMs, clock, () => readRecent(db, clock, definitions))
  metrics.gauge(
    {
      name: 'sagaline_recent_sagas',
      help: 'Sagas that ended or got stuck in the last 15 minutes, by the lifecycle events.',
      labels: ['saga', 'outcome'],
    },
    async () =>
      [...(await recent())].flatMap(([saga, steps]) =>
        outcomes.map((outcome) => ({
          labels: { saga, outcome },
          value: sum(steps.get('') ?? [], ({ counts }) => counts[outcome]),
        })),
      ),
  )
  metrics.gauge(
    {
      name: 'sagaline_recent_step_p99_seconds',
      help: 'From the first sending to the result, p99 of the last 15 minutes.',
      labels: ['saga', 'step'],
    },
    async () =>
      [...(await recent())].flatMap(([saga, steps]) =>
        [...steps].flatMap(([step, windows]) => {
          const p99Ms = step === '' ? null : percentile(durationsOf(windows), 0.99)
          return p99Ms === null ? [] : [{ labels: { saga, step }, value: p99Ms / 1_000 }]
        }),
      ),
  )
  metrics.gauge(
    {
      name: 'sagaline_stats_lag_seconds',
      help: 'How far the statistics may be behind the sagas; missing while nobody knows.',
    },
    async () => {
      const lagMs = await statsLag()
      return lagMs === null ? [] : [{ value: lagMs / 1_000 }]
    },
  )
}

/** By saga and step, '' for the saga as a whole. */
type Recent = ReadonlyMap<string, ReadonlyMap<string, readonly StatsWindow[]>>

async function readRecent(db: Db, clock: Clock, definitions: Definitions): Promise<Recent> {
  const known = Map.groupBy(definitions, ({ name }) => name)
  const to = clock.now()
  const from = new Date(to.getTime() - recentMs)
  const windowMinutes = recentMs / 60_000
  const asked = { from, to, names: [...known.keys()], windowMinutes, of: null, limit: windowsMax }
  const windows = (await readWindows(db, asked)).filter(
    ({ name, step }) => step === '' || known.get(name)?.some(({ steps }) => steps.has(step)),
  )
  return new Map(
    [...Map.groupBy(windows, ({ name }) => name)].map(([name, own]) => [
      name,
      Map.groupBy(own, ({ step }) => step),
    ]),
  )
}

function durationsOf(windows: readonly StatsWindow[]): Durations {
  const all = new Map<number, number>()
  for (const { durations } of windows) {
    for (const [bucket, count] of Object.entries(durations)) {
      all.set(Number(bucket), (all.get(Number(bucket)) ?? 0) + count)
    }
  }
  return all
}

function sum(windows: readonly StatsWindow[], of: (window: StatsWindow) => number): number {
  return windows.reduce((all, window) => all + of(window), 0)
}
