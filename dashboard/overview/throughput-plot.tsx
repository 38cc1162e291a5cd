// The plot of sagas per minute, drawn on a canvas, with the sums of the time shown beside it as words.
import 'uplot/dist/uPlot.min.css'
import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import { countText } from '../words/format.ts'
import { statuses } from '../words/status.ts'
import { type Outcome, outcomes, type Series } from './windows.ts'

const height = 230

const colours: Readonly<Record<Outcome, string>> = {
  started: '--accent',
  completed: '--good-line',
  compensated: '--back-line',
  stuck: '--bad-line',
}

const labels: Readonly<Record<Outcome, string>> = {
  started: 'Started',
  completed: statuses.completed.label,
  compensated: statuses.compensated.label,
  stuck: statuses.stuck.label,
}

export function ThroughputPlot({ series }: { readonly series: Series }) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot | null>(null)
  useEffect(() => {
    const { current } = box
    if (current === null) return
    const made = new UPlot(options(current.clientWidth), undefined, current)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: current.clientWidth, height }))
    observer.observe(current)
    // Its colours are those of the theme, which may change.
    const themes = new MutationObserver(() => made.redraw())
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    return () => {
      observer.disconnect()
      themes.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [])
  useEffect(() => {
    const rows = outcomes.map((outcome) => [...series[outcome]])
    plot.current?.setData([[...series.at], ...rows])
  }, [series])
  return (
    <div className="stack">
      <Sums series={series} />
      <div ref={box} className="plot" aria-hidden="true" />
    </div>
  )
}

/** The plot tells nothing to who cannot see it; its sums do. */
function Sums({ series }: { readonly series: Series }) {
  const [first = 0, second = 60] = series.at
  const minutes = Math.max(1 / 60, (second - first) / 60)
  return (
    <dl className="sums">
      {outcomes.map((outcome) => (
        <div key={outcome} data-outcome={outcome}>
          <dt>{labels[outcome]}</dt>
          <dd className="num">
            {countText(Math.round(series[outcome].reduce((sum, one) => sum + one, 0) * minutes))}
          </dd>
        </div>
      ))}
    </dl>
  )
}

const colour = (name: string) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim()

function options(width: number): UPlot.Options {
  const axis = {
    stroke: () => colour('--text-3'),
    font: '11px "Inter Variable", sans-serif',
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
  }
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 } },
    padding: [8, 8, 0, 0],
    axes: [
      { ...axis, size: 30, grid: { show: false }, values: '{HH}:{mm}' },
      { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000] },
    ],
    scales: { y: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] } },
    series: [
      {},
      ...outcomes.map((outcome) => ({
        label: labels[outcome],
        stroke: () => colour(colours[outcome]),
        width: 2,
        points: { show: false },
        ...(outcome === 'started' && { fill: () => `${colour('--accent')}18` }),
      })),
    ],
  }
}
