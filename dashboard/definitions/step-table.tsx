// The steps of a version: what each sends, what undoes it, and what it did in the last day.
import { useStats } from '../api/queries.ts'
import type { Definition } from '../chart/drawn-definition.ts'
import { stepsOf } from '../overview/windows.ts'
import { Panel } from '../parts/panel.tsx'
import { ScrollBox } from '../parts/scroll-box.tsx'
import { Tag } from '../parts/status-badge.tsx'
import { countText, lengthText } from '../words/format.ts'

const dayMinutes = 1_440

const tones = { compensatable: 'calm', pivot: 'hold', retriable: 'accent' } as const

export function StepTable({ definition: { name, steps } }: { readonly definition: Definition }) {
  const asked = { spanMinutes: dayMinutes, windowMinutes: dayMinutes, name }
  const { data, error } = useStats({ of: 'steps', ...asked })
  const rows = new Map((data ? stepsOf(data) : []).map((row) => [row.step, row]))
  const about = error === null ? 'numbers of the last day' : 'its numbers cannot be had now'
  return (
    <Panel title="Steps" about={about} isFlush>
      <ScrollBox label="Steps in a table">
        <table>
          <thead>
            <tr>
              <th>Step</th>
              <th>Kind</th>
              <th>Sends</th>
              <th>Undone by</th>
              <th className="right">Attempts</th>
              <th className="right">Ended</th>
              <th className="right">Retries</th>
              <th className="right">p50</th>
              <th className="right">p99</th>
            </tr>
          </thead>
          <tbody>
            {steps.map(({ name: step, kind, command, undo, retry }) => {
              const row = rows.get(step)
              return (
                <tr key={step}>
                  <td className="primary">{step}</td>
                  <td>
                    <Tag tone={tones[kind]}>{kind}</Tag>
                  </td>
                  <td className="mono">{command}</td>
                  <td className="mono quiet">{undo ?? '–'}</td>
                  <td className="right num">{retry.attempts}</td>
                  <td className="right num">{row ? countText(row.count) : '–'}</td>
                  <td className="right num">{row ? countText(row.retries) : '–'}</td>
                  <td className="right num">{lengthOrNone(row?.p50Ms)}</td>
                  <td className="right num">{lengthOrNone(row?.p99Ms)}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </ScrollBox>
    </Panel>
  )
}

const lengthOrNone = (ms: number | null | undefined) => (ms == null ? '–' : lengthText(ms))
