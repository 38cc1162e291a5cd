// Records that nobody could handle, oldest first: one is looked at, many are sent again at once.
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { client, isCode } from '../api/client.ts'
import { Blank, Failed, Loading } from '../parts/states.tsx'
import { type Picked, usePicked } from '../sagas/use-picked.ts'
import { countText } from '../words/format.ts'
import { LetterDrawer } from './letter-drawer.tsx'
import { anyParked, criteriaOf, type LetterFilter, letterStates } from './letter-filter.ts'
import { LetterTable } from './letter-table.tsx'
import { ReplayDialog } from './replay-dialog.tsx'

export function DeadLetters() {
  const [filter, setFilter] = useState<LetterFilter>(anyParked)
  const [open, setOpen] = useState<string | null>(null)
  const [isReplayOpen, setReplayOpen] = useState(false)
  const picked = usePicked(JSON.stringify(filter))
  const queries = useQueryClient()
  const close = () => {
    setOpen(null)
    setReplayOpen(false)
    void queries.invalidateQueries({ queryKey: ['letters'] })
  }
  const count = picked.ids.size
  return (
    <>
      <FilterBar filter={filter} onChange={setFilter}>
        {filter.state === 'parked' && (
          <button type="button" className="button" onClick={() => setReplayOpen(true)}>
            {count > 0 ? `Send ${countText(count)} again` : 'Send all that fit again'}
          </button>
        )}
      </FilterBar>
      <List filter={filter} picked={picked} onOpen={setOpen} />
      {open !== null && <LetterDrawer id={open} onClose={close} />}
      {isReplayOpen && (
        <ReplayDialog
          criteria={count > 0 ? { ids: [...picked.ids] } : criteriaOf(filter)}
          onClose={() => {
            picked.set([])
            close()
          }}
        />
      )}
    </>
  )
}

function FilterBar({
  filter,
  onChange,
  children,
}: {
  readonly filter: LetterFilter
  readonly onChange: (filter: LetterFilter) => void
  readonly children: ReactNode
}) {
  const text = (name: 'code' | 'topic', label: string) => (
    <input
      className="input"
      aria-label={label}
      placeholder={label}
      value={filter[name]}
      onChange={({ target }) => onChange({ ...filter, [name]: target.value })}
    />
  )
  return (
    <div className="row bar letter-bar">
      <select
        className="input"
        aria-label="State"
        value={filter.state}
        onChange={({ target }) =>
          onChange({ ...filter, state: target.value as LetterFilter['state'] })
        }
      >
        {letterStates.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      {text('code', 'Code')}
      {text('topic', 'Topic')}
      <span className="grow" />
      {children}
    </div>
  )
}

function useLetters(filter: LetterFilter) {
  return useInfiniteQuery({
    queryKey: ['letters', filter],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) =>
      client.call('list-dead-letters', {
        query: {
          ...{ ...criteriaOf(filter), state: filter.state, limit: 50 },
          ...(pageParam !== null && { cursor: pageParam }),
        },
        signal,
      }),
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: (before) => before,
  })
}

function List({
  filter,
  picked,
  onOpen,
}: {
  readonly filter: LetterFilter
  readonly picked: Picked
  readonly onOpen: (id: string) => void
}) {
  const letters = useLetters(filter)
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
      <Blank icon="letter" title={`No letter is ${filter.state}`}>
        What cannot be read from a topic is set aside here, with its reason.
      </Blank>
    )
  }
  return (
    <>
      <LetterTable
        items={items}
        picked={filter.state === 'parked' ? picked : null}
        onOpen={onOpen}
      />
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
