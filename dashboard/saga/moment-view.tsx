// The state, from the history, and the whole saga as REST had it, at the moment that is looked at.
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
      <section className="stack" aria-label="Saga">
        <h3>The saga {isPast ? 'then' : 'now'}</h3>
        <SagaThen id={saga.id} seq={entry.seq} />
      </section>
    </div>
  )
}

function SagaThen({ id, seq }: { readonly id: string; readonly seq: number }) {
  const moment = useMoment(id, seq)
  const { data, error } = moment
  if (error !== null) return <Failed error={error} onRetry={() => void moment.refetch()} />
  if (data === undefined) return <Loading />
  return <JsonView value={data} label="Saga" />
}
