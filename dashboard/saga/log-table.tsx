// What all services logged about a saga; it goes on by itself while the saga lives.
import { useInfiniteQuery } from '@tanstack/react-query'
import type { Api } from '../../orchestrator/client/index.ts'
import { client } from '../api/client.ts'
import { ScrollBox } from '../parts/scroll-box.tsx'
import { Blank, Failed, Loading } from '../parts/states.tsx'
import { Tag } from '../parts/status-badge.tsx'
import { clockText } from '../words/format.ts'

type Line = Api['list-saga-logs']['answer']['items'][number]

/** Lines come a second or so after they were written, and nothing tells of them. */
const lookMs = { whileLive: 2_000, afterItsEnd: 15_000 }

function useLogs(id: string, isLive: boolean) {
  return useInfiniteQuery({
    queryKey: ['saga', id, 'logs'],
    queryFn: ({ signal, pageParam }) =>
      client.call('list-saga-logs', {
        path: { saga: id },
        query: pageParam === null ? {} : { cursor: pageParam },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: isLive ? lookMs.whileLive : lookMs.afterItsEnd,
  })
}

export function LogTable({ id, isLive }: { readonly id: string; readonly isLive: boolean }) {
  const logs = useLogs(id, isLive)
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage } = logs
  if (data === undefined && error !== null) {
    return <Failed error={error} onRetry={() => void logs.refetch()} />
  }
  if (data === undefined) {
    return (
      <div className="body">
        <Loading />
      </div>
    )
  }
  if (data.pages[0]?.isCollected === false) {
    return (
      <Blank icon="letter" title="Nobody collects log lines">
        With LOG_TOPIC set, services send theirs and orchestrators keep them.
      </Blank>
    )
  }
  const lines = data.pages.flatMap(({ items }) => items)
  if (lines.length === 0) return <Blank icon="letter" title="No line about it yet" />
  return (
    <>
      <Lines lines={lines} />
      {hasNextPage && (
        <div className="body">
          <button
            type="button"
            className="button"
            disabled={isFetchingNextPage}
            onClick={() => void fetchNextPage()}
          >
            Load more
          </button>
        </div>
      )}
    </>
  )
}

function Lines({ lines }: { readonly lines: readonly Line[] }) {
  return (
    <ScrollBox label="Log lines">
      <table>
        <thead>
          <tr>
            <th>Time</th>
            <th>Level</th>
            <th>Service</th>
            <th>Step</th>
            <th>Line</th>
          </tr>
        </thead>
        <tbody>
          {lines.map(({ id, at, level, service, step, message, error }) => (
            <tr key={id}>
              <td className="num quiet">{clockText(at)}</td>
              <td>
                <Tag tone={tones[level]}>{level}</Tag>
              </td>
              <td>{service}</td>
              <td>{step}</td>
              <td>
                <span className="mono">{message}</span>
                {error !== null && (
                  <div className="quiet">
                    {error.code !== undefined && <strong>{error.code} </strong>}
                    {error.message}
                  </div>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}

const tones = { debug: 'calm', info: 'calm', warn: 'back', error: 'bad' } as const
