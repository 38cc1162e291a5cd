// The worst-case time budget: how long each step may take forward and back when every attempt times
// out, as lengths that can be compared.
import type { Definition } from '../chart/drawn-definition.ts'
import { Panel } from '../parts/panel.tsx'
import { lengthText } from '../words/format.ts'

export function WorstCase({
  definition: { worstCase, deadlineMs },
}: {
  readonly definition: Definition
}) {
  const { steps, forwardMs, backMs } = worstCase
  const longest = Math.max(1, ...steps.map(({ doMs, undoMs }) => Math.max(doMs, undoMs ?? 0)))
  const width = (ms: number) => ({ width: `${Math.max(0.5, (100 * ms) / longest)}%` })
  return (
    <Panel
      title="Worst case"
      about={`${lengthText(forwardMs)} forward, ${lengthText(backMs)} back${deadlineMs === null ? '' : `, deadline ${lengthText(deadlineMs)}`}`}
    >
      <ul className="budget">
        {steps.map(({ name, doMs, undoMs }) => (
          <li key={name}>
            <span className="cut primary">{name}</span>
            <span className="lengths">
              <span className="do" style={width(doMs)} />
              {undoMs !== null && <span className="undo" style={width(undoMs)} />}
            </span>
            <span className="num quiet">
              {lengthText(doMs)}
              {undoMs !== null && <span className="back"> ↶ {lengthText(undoMs)}</span>}
            </span>
          </li>
        ))}
      </ul>
      <p className="quiet">
        By attempts, timeouts and pauses, every step once, one after the other. Waits for signals
        and timers are not in it.
      </p>
    </Panel>
  )
}
