// How far a bulk job has come, what it was refused, and the way to stop it.
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { client, problemText } from '../api/client.ts'
import { Failed, Loading, Note } from '../parts/states.tsx'
import { countText, shortId } from '../words/format.ts'

const pollMs = 500

export function BulkProgress({
  job,
  by,
}: {
  readonly job: string
  readonly by: { readonly actor: string; readonly reason: string }
}) {
  const { data, error, refetch } = useQuery({
    queryKey: ['bulk-job', job],
    queryFn: () => client.call('get-bulk-job', { path: { job } }),
    refetchInterval: ({ state }) => (state.data?.endedAt ? false : pollMs),
  })
  const cancel = useMutation({
    mutationFn: () =>
      client.call('cancel-bulk-job', {
        path: { job },
        body: { actor: by.actor, reason: by.reason },
      }),
  })
  if (error !== null) return <Failed error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Loading lines={2} />
  const { total, status, counts, endedAt } = data
  const open = counts['open'] ?? 0
  const { done = 0, left = 0 } = counts
  const refused = total - open - done - left
  return (
    <div className="stack" role="status">
      <div className="row">
        <strong>{words[status]}</strong>
        <span className="quiet num">
          {countText(total - open)} of {countText(total)}
        </span>
        {endedAt === null && (
          <button
            type="button"
            className="button small"
            disabled={status !== 'running' || cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            Stop it
          </button>
        )}
      </div>
      <div className="progress">
        <span style={{ width: `${total === 0 ? 100 : (100 * (total - open)) / total}%` }} />
      </div>
      <p className="num">
        {countText(done)} done, {countText(refused)} refused
        {left > 0 && `, ${countText(left)} left`}
      </p>
      {cancel.error !== null && (
        <Note tone="bad" icon="stuck" title="It goes on">
          {problemText(cancel.error)}
        </Note>
      )}
      {refused > 0 && <Refused job={job} isDone={endedAt !== null} />}
    </div>
  )
}

const words = {
  running: 'At work',
  cancelling: 'Stopping',
  done: 'Done',
  cancelled: 'Stopped',
} as const

function Refused({ job, isDone }: { readonly job: string; readonly isDone: boolean }) {
  const { data } = useQuery({
    queryKey: ['bulk-items', job, isDone],
    queryFn: () =>
      client.call('list-bulk-items', { path: { job }, query: { outcome: 'failed', limit: 50 } }),
  })
  return (
    <ul className="stack">
      {data?.items.map(({ sagaId, sagaName, outcome, detail }) => (
        <li key={sagaId}>
          <Link href={`/sagas/${sagaId}`}>
            {sagaName} {shortId(sagaId)}
          </Link>{' '}
          <span className="quiet">{detail ?? outcome}</span>
        </li>
      ))}
    </ul>
  )
}
