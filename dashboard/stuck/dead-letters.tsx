// Records that nobody could handle, oldest first; all that are shown can be sent again at once.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { Api } from '../../orchestrator/client/index.ts'
import { client, isCode } from '../api/client.ts'
import { Ago } from '../parts/age.tsx'
import { ScrollBox } from '../parts/scroll-box.tsx'
import { Blank, Failed, Loading } from '../parts/states.tsx'
import { Tag } from '../parts/status-badge.tsx'
import { LetterDrawer } from './letter-drawer.tsx'
import { letterTones } from './letter-tones.ts'

export type LetterState = NonNullable<
  NonNullable<Api['list-dead-letters']['ask']['query']>['state']
>

const states: readonly LetterState[] = ['parked', 'replaying', 'replayed', 'discarded']

export function DeadLetters() {
  const [state, setState] = useState<LetterState>('parked')
  const [open, setOpen] = useState<string | null>(null)
  const queries = useQueryClient()
  return (
    <>
      <div className="row bar">
        <label className="row">
          <span className="quiet">Show</span>
          <select
            className="input"
            value={state}
            onChange={({ target }) => setState(target.value as LetterState)}
          >
            {states.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      </div>
      <List state={state} onOpen={setOpen} />
      {open !== null && (
        <LetterDrawer
          id={open}
          onClose={() => {
            setOpen(null)
            void queries.invalidateQueries({ queryKey: ['letters'] })
          }}
        />
      )}
    </>
  )
}

function List({
  state,
  onOpen,
}: {
  readonly state: LetterState
  readonly onOpen: (id: string) => void
}) {
  const letters = useInfiniteQuery({
    queryKey: ['letters', state],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) =>
      client.call('list-dead-letters', {
        query: { state, limit: 50, ...(pageParam !== null && { cursor: pageParam }) },
      }),
    getNextPageParam: ({ nextCursor }) => nextCursor,
  })
  const { data, error, hasNextPage, fetchNextPage } = letters
  if (isCode(error, 'FORBIDDEN')) {
    return (
      <Blank icon="key" title="You may not see dead letters">
        They may be of any saga, so it takes a role on all of them.
      </Blank>
    )
  }
  if (error !== null) return <Failed error={error} onRetry={() => void letters.refetch()} />
  if (data === undefined) {
    return (
      <div className="body">
        <Loading lines={6} />
      </div>
    )
  }
  const items = data.pages.flatMap((page) => page.items)
  if (items.length === 0) {
    return (
      <Blank icon="letter" title={`No letter is ${state}`}>
        What cannot be read from a topic is set aside here, with its reason.
      </Blank>
    )
  }
  return (
    <>
      <LetterTable items={items} onOpen={onOpen} />
      {hasNextPage && (
        <div className="body">
          <button type="button" className="button" onClick={() => void fetchNextPage()}>
            Show more
          </button>
        </div>
      )}
    </>
  )
}

type Letters = Api['list-dead-letters']['answer']['items']

function LetterTable({
  items,
  onOpen,
}: {
  readonly items: Letters
  readonly onOpen: (id: string) => void
}) {
  return (
    <ScrollBox label="Letters">
      <table>
        <thead>
          <tr>
            <th>Code</th>
            <th>Reason</th>
            <th>Topic</th>
            <th>Parked</th>
            <th>State</th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ id, code, reason, topic, partition, offset, parkedAt, state }) => (
            <tr key={id}>
              <td>
                <button type="button" className="opener primary mono" onClick={() => onOpen(id)}>
                  {code}
                </button>
              </td>
              <td className="reason">{reason}</td>
              <td className="quiet mono">
                {topic}/{partition}@{offset}
              </td>
              <td className="quiet">
                <Ago at={parkedAt} />
              </td>
              <td>
                <Tag tone={letterTones[state]}>{state}</Tag>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  )
}
