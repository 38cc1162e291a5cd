// The view of all sagas: filters that stand in the address, the live table, and verbs for many.
import { useCallback, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { Blank, Failed, Loading } from '../parts/states.tsx'
import { countText, lengthText } from '../words/format.ts'
import { BulkDialog } from './bulk-dialog.tsx'
import { FilterBar } from './filter-bar.tsx'
import { filterSize, readFilter, type SagaFilter, writeFilter } from './filter-url.ts'
import { SagaTable } from './saga-table.tsx'
import { pickedMax, usePicked } from './use-picked.ts'
import { type SagaList, useSagaList } from './use-saga-list.ts'

export function SagasPage() {
  const written = writeFilter(readFilter(useSearch()))
  const filter = readFilter(written)
  const [, goTo] = useLocation()
  const list = useSagaList(written)
  const picked = usePicked(written)
  const [isBulkOpen, setBulkOpen] = useState(false)
  const setFilter = useCallback(
    (next: SagaFilter) => {
      const address = writeFilter(next)
      goTo(address === '' ? '/sagas' : `/sagas?${address}`, { replace: true })
    },
    [goTo],
  )
  const count = picked.ids.size
  const hasFilter = filterSize(filter) > 0
  return (
    <div className="page-body fills">
      <header className="page-head">
        <h1>Sagas</h1>
        <Summary list={list} />
        <div className="actions">
          <ActHint count={count} hasFilter={hasFilter} />
          <button
            type="button"
            className="button"
            aria-describedby="act-hint"
            disabled={count === 0 && !hasFilter}
            onClick={() => setBulkOpen(true)}
          >
            {count > 0 ? `Act on ${countText(count)} selected` : 'Act on all that fit'}
          </button>
        </div>
      </header>
      <FilterBar filter={filter} onChange={setFilter} />
      <div className="panel clips filled">
        <Content list={list} picked={picked} isFiltered={hasFilter} />
      </div>
      {isBulkOpen && (
        <BulkDialog filter={filter} ids={[...picked.ids]} onClose={() => setBulkOpen(false)} />
      )}
    </div>
  )
}

/** Why it cannot be acted on all, or on more than are selected. */
function ActHint({ count, hasFilter }: { readonly count: number; readonly hasFilter: boolean }) {
  const text =
    count >= pickedMax
      ? `No more than ${countText(pickedMax)} can be selected; a filter takes more.`
      : count === 0 && !hasFilter
        ? 'Filter or select first.'
        : ''
  return (
    <span id="act-hint" className="quiet">
      {text}
    </span>
  )
}

function Summary({ list: { loaded } }: { readonly list: SagaList }) {
  if (loaded === null) return null
  const { items, nextCursor, lagMs } = loaded
  const more = nextCursor === null ? '' : '+'
  const lag = lagMs === null ? 'how far behind is not known' : `${lengthText(lagMs)} behind`
  return (
    <p className="quiet num">
      {countText(items.length)}
      {more} shown, newest first · {lag}
    </p>
  )
}

function Content({
  list: { loaded, error, loadMore, reload },
  picked,
  isFiltered,
}: {
  readonly list: SagaList
  readonly picked: ReturnType<typeof usePicked>
  readonly isFiltered: boolean
}) {
  if (error !== null && loaded === null) return <Failed error={error} onRetry={reload} />
  if (loaded === null) return <Loading lines={12} />
  if (loaded.items.length === 0) {
    return isFiltered ? (
      <Blank icon="filter" title="No saga fits this filter">
        Take a part of it away. New sagas that fit appear here by themselves.
      </Blank>
    ) : (
      <Blank icon="sagas" title="No sagas yet">
        The first one that is started appears here by itself.
      </Blank>
    )
  }
  return (
    <SagaTable
      items={loaded.items}
      picked={picked}
      hasMore={loaded.nextCursor !== null}
      onNearEnd={loadMore}
    />
  )
}
