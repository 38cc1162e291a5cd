// The history as it was written: each entry with what came of it, and a file of all of it.
import { Fragment } from 'react'
import type { HistoryEntry } from '../chart/journey.ts'
import { ScrollBox } from '../parts/scroll-box.tsx'
import { StatusBadge } from '../parts/status-badge.tsx'
import { clockText, reasonText } from '../words/format.ts'

export function HistoryTable({ history }: { readonly history: readonly HistoryEntry[] }) {
  return (
    <ScrollBox label="Entries">
      <table>
        <thead>
          <tr>
            <th className="right">#</th>
            <th>Time</th>
            <th>What came</th>
            <th>What came of it</th>
            <th>Status</th>
          </tr>
        </thead>
        <tbody>
          {history.map(({ seq, at, type, facts, status }) => (
            <tr key={seq}>
              <td className="right num quiet">{seq}</td>
              <td className="num quiet">{clockText(at)}</td>
              <td>{type}</td>
              <td>
                <ul className="fact-list">
                  {facts.map((fact, index) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: entries never change
                    <Fragment key={index}>
                      <Fact fact={fact} />
                    </Fragment>
                  ))}
                </ul>
              </td>
              <td>
                <StatusBadge status={status} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

function Fact({ fact }: { readonly fact: HistoryEntry['facts'][number] }) {
  const { type, step, direction, attempt, detail } = fact
  const who = detail as { readonly actor?: string; readonly reason?: string } | null | undefined
  const words = who?.actor === undefined ? reasonText(detail) : `${who.actor}: ${who.reason ?? ''}`
  return (
    <li>
      <span className="mono">{type}</span> {step}
      {direction === 'undo' && <span className="back"> undo</span>}
      {attempt !== undefined && attempt > 1 && <span className="quiet num"> try {attempt}</span>}
      {words !== '' && <span className="quiet"> {words}</span>}
    </li>
  )
}
