// How long each step takes: half of them, and nearly all of them, as numbers and as lengths.

import { ScrollBox } from '../parts/scroll-box.tsx'
import { Blank } from '../parts/states.tsx'
import { countText, lengthText } from '../words/format.ts'
import type { StepRow } from './windows.ts'

export function StepLatencies({ steps }: { readonly steps: readonly StepRow[] }) {
  if (steps.length === 0) {
    return (
      <Blank icon="clock" title="No step has ended in this time">
        Their times appear here as soon as one has.
      </Blank>
    )
  }
  const longest = Math.max(1, ...steps.map(({ p99Ms }) => p99Ms ?? 0))
  return (
    <ScrollBox label="Times of steps">
      <table className="latencies">
        <thead>
          <tr>
            <th>Step</th>
            <th className="right">Ended</th>
            <th className="right">Retries</th>
            <th className="right">p50</th>
            <th className="right">p99</th>
            <th className="lengths">
              <span className="unseen">p50 and p99 as lengths</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {steps.map((row) => (
            <Row key={`${row.name} ${row.step}`} row={row} longest={longest} />
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

function Row({ row, longest }: { readonly row: StepRow; readonly longest: number }) {
  const { name, step, count, retries, p50Ms, p99Ms } = row
  const width = (ms: number | null) => ({ width: `${(100 * (ms ?? 0)) / longest}%` })
  const text = (ms: number | null) => (ms === null ? '–' : lengthText(ms))
  return (
    <tr>
      <td>
        <span className="primary">{step}</span> <span className="quiet">{name}</span>
      </td>
      <td className="right num">{countText(count)}</td>
      <td className="right num">{countText(retries)}</td>
      <td className="right num">{text(p50Ms)}</td>
      <td className="right num">{text(p99Ms)}</td>
      <td className="lengths">
        <span className="length">
          <span className="p99" style={width(p99Ms)} />
          <span className="p50" style={width(p50Ms)} />
        </span>
      </td>
    </tr>
  )
}
