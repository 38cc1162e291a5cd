// What would follow if the saga turned back now: the commands in their order.
import type { Api } from '../../orchestrator/client/index.ts'
import { Panel } from '../parts/panel.tsx'
import { Tag } from '../parts/status-badge.tsx'

type Plan = NonNullable<Api['list-verbs']['answer']['ifItFailed']>

export function UndoPlan({ plan }: { readonly plan: Plan }) {
  return (
    <Panel title="If it failed now">
      <PlanList plan={plan} />
    </Panel>
  )
}

export function PlanList({ plan: { status, commands } }: { readonly plan: Plan }) {
  if (status === 'stuck') {
    return <p>It is past its point of no return: it would be stuck, and wait for a person.</p>
  }
  if (commands.length === 0) return <p>Nothing would be sent: there is nothing to undo.</p>
  return (
    <div className="consequences">
      <p>These commands would be sent, in this order:</p>
      <ol>
        {commands.map(({ step, visit, command, isUncertain }) => (
          <li key={`${step} ${visit}`}>
            <span className="cut">
              <span className="mono">{command}</span> <span className="quiet">for {step}</span>
            </span>
            {isUncertain && <Tag tone="back">may be done</Tag>}
          </li>
        ))}
      </ol>
    </div>
  )
}
