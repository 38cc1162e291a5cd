// The live list of sagas: pages as far as somebody scrolled, rows that move on by themselves, and the
// first page anew when something came.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { client } from '../api/client.ts'
import { throttled, useFeed } from '../api/live.ts'
import { readFilter } from './filter-url.ts'
import { firstPage, type LoadedSagas, moved, renewed, withPage } from './loaded-sagas.ts'

const pageRows = 100
/** The first page is asked anew this often at the most. */
const renewMs = 700

export type SagaList = {
  /** Null until the first page is there. */
  readonly loaded: LoadedSagas | null
  readonly error: unknown
  readonly isLoadingMore: boolean
  readonly loadMore: () => void
  readonly reload: () => void
}

/** By the filter as it is written in the address. */
export function useSagaList(written: string): SagaList {
  const filter = useMemo(() => readFilter(written), [written])
  const [loaded, setLoaded] = useState<LoadedSagas | null>(null)
  const [error, setError] = useState<unknown>(null)
  const [isLoadingMore, setLoadingMore] = useState(false)
  /** Answers to another filter come too late. */
  const asked = useRef(filter)
  asked.current = filter

  const load = useCallback(
    async (isAnew: boolean) => {
      try {
        const page = await client.call('list-sagas', { query: { ...filter, limit: pageRows } })
        if (asked.current !== filter) return
        setError(null)
        setLoaded((before) => (before && !isAnew ? renewed(before, page) : firstPage(page)))
      } catch (problem) {
        if (asked.current === filter) setError(problem)
      }
    },
    [filter],
  )
  useEffect(() => {
    setLoaded(null)
    void load(true)
  }, [load])

  const renew = useMemo(() => throttled(() => void load(false), renewMs), [load])
  useFeed((event) => {
    if (event.type === 'entry') {
      setLoaded((before) => before && moved(before, filter, event.data))
    }
    // A stream that stands again may have missed what came while it was away.
    renew()
  })

  const loadMore = useCallback(async () => {
    const cursor = loaded?.nextCursor ?? null
    if (cursor === null || isLoadingMore) return
    setLoadingMore(true)
    try {
      const query = { ...filter, limit: 2 * pageRows, cursor }
      const page = await client.call('list-sagas', { query })
      if (asked.current === filter) setLoaded((before) => before && withPage(before, page))
    } catch (problem) {
      setError(problem)
    } finally {
      setLoadingMore(false)
    }
  }, [filter, loaded?.nextCursor, isLoadingMore])

  return {
    loaded,
    error,
    isLoadingMore,
    loadMore: () => void loadMore(),
    reload: () => void load(true),
  }
}
