// State and context of the statechart, and the whole saga, at the moment that is looked at.
import { useMoment } from '../api/queries.ts'
import type { HistoryEntry } from '../chart/journey.ts'
import { JsonView } from '../parts/json-view.tsx'
import { Failed, Loading } from '../parts/states.tsx'
import { StatusBadge } from '../parts/status-badge.tsx'
import type { Saga } from './saga-page.tsx'

export function MomentView({
  saga,
  entry,
  isPast,
}: {
  readonly saga: Saga
  readonly entry: HistoryEntry | null
  readonly isPast: boolean
}) {
  if (entry === null) {
    return (
      <div className="body">
        <Loading />
      </div>
    )
  }
  return (
    <div className="moment">
      <section className="stack" aria-label="State">
        <h3 className="row">
          State {isPast ? 'then' : 'now'} <StatusBadge status={entry.status} />
        </h3>
        <JsonView value={entry.state} label="State" />
        {!isPast && saga.output !== null && (
          <>
            <h3>Output</h3>
            <JsonView value={saga.output} label="Output" />
          </>
        )}
      </section>
      <Then id={saga.id} seq={entry.seq} when={isPast ? 'then' : 'now'} />
    </div>
  )
}

function Then({
  id,
  seq,
  when,
}: {
  readonly id: string
  readonly seq: number
  readonly when: 'then' | 'now'
}) {
  const moment = useMoment(id, seq)
  const { data, error } = moment
  if (error !== null) return <Failed error={error} onRetry={() => void moment.refetch()} />
  if (data === undefined) return <Loading lines={8} />
  const { context = null, state: _, ...rest } = data
  return (
    <>
      <section className="stack" aria-label="Context">
        <h3>Context {when}</h3>
        {context === null ? (
          <p className="quiet">It had none yet: its statechart had not begun.</p>
        ) : (
          <JsonView value={context} label="Context" />
        )}
      </section>
      <section className="stack whole" aria-label="Saga">
        <h3>The saga {when}</h3>
        <JsonView value={rest} label="Saga" />
      </section>
    </>
  )
}
