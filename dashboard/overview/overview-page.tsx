// The overview: how many sagas are where, what happened in the last hour, how long steps take, and
// whether the machinery keeps up.
import { type ReactNode, useState } from 'react'
import { useCounts, useStats, useVitals } from '../api/queries.ts'
import { Panel } from '../parts/panel.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { lengthText } from '../words/format.ts'
import { StatusTiles } from './status-tiles.tsx'
import { StepLatencies } from './step-latencies.tsx'
import { ThroughputPlot } from './throughput-plot.tsx'
import { VitalsList } from './vitals-list.tsx'
import { seriesOf, stepsOf } from './windows.ts'

const spans = [
  { label: 'Last hour', minutes: 60, pointMinutes: 1 },
  { label: 'Last 6 hours', minutes: 360, pointMinutes: 5 },
  { label: 'Last day', minutes: 1_440, pointMinutes: 15 },
] as const

export function OverviewPage() {
  const [span, setSpan] = useState<(typeof spans)[number]>(spans[0])
  const { minutes: spanMinutes, pointMinutes } = span
  const stats = useStats({ of: 'sagas', spanMinutes, windowMinutes: pointMinutes })
  // One window, so that percentiles are of the whole time.
  const steps = useStats({ of: 'steps', spanMinutes, windowMinutes: spanMinutes })
  return (
    <div className="page-body">
      <header className="page-head">
        <h1>Overview</h1>
        <div className="actions">
          <select
            className="input"
            aria-label="Time that is shown"
            value={span.label}
            onChange={({ target }) =>
              setSpan(spans.find(({ label }) => label === target.value) ?? spans[0])
            }
          >
            {spans.map(({ label }) => (
              <option key={label}>{label}</option>
            ))}
          </select>
        </div>
      </header>
      <Counts />
      <div className="overview">
        <Panel
          title="Sagas per minute"
          about={stats.data?.lagMs != null ? `${lengthText(stats.data.lagMs)} behind` : undefined}
        >
          <StatsPart stats={stats}>
            {(data) => <ThroughputPlot series={seriesOf(data, data)} />}
          </StatsPart>
        </Panel>
        <Vitals />
        <Panel title="How long steps take" about={span.label.toLowerCase()} isFlush>
          <StatsPart stats={steps}>{(data) => <StepLatencies steps={stepsOf(data)} />}</StatsPart>
        </Panel>
      </div>
    </div>
  )
}

type StatsQuery = ReturnType<typeof useStats>

function StatsPart({
  stats: { data, error, refetch },
  children,
}: {
  readonly stats: StatsQuery
  readonly children: (data: NonNullable<StatsQuery['data']>) => ReactNode
}) {
  if (error !== null) return <Failed error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading lines={6} />
  return children(data)
}

function Counts() {
  const counts = useCounts()
  const { data, error } = counts
  if (error !== null && data === undefined) {
    return <Failed error={error} onRetry={() => void counts.refetch()} />
  }
  return <StatusTiles counts={data ?? null} />
}

function Vitals() {
  const vitals = useVitals()
  const { data, error } = vitals
  return (
    <Panel title="Vitals">
      {error !== null ? (
        <Failed error={error} onRetry={() => void vitals.refetch()} />
      ) : data === undefined ? (
        <Loading lines={5} />
      ) : (
        <VitalsList vitals={data} />
      )}
    </Panel>
  )
}
