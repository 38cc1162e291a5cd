// One saga, live: its history comes by a stream of its own, and after each entry the saga itself is
// asked anew, which is always as it stands.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { client } from '../api/client.ts'
import { throttled, useSagaStream } from '../api/live.ts'
import type { HistoryEntry } from '../chart/journey.ts'

const renewMs = 200

export function useSaga(id: string) {
  const queries = useQueryClient()
  const [history, setHistory] = useState<readonly HistoryEntry[]>([])
  const saga = useQuery({
    queryKey: ['saga', id, 'now'],
    queryFn: ({ signal }) => client.call('get-saga', { path: { saga: id }, signal }),
  })
  // Entries come in bursts; they are shown in one go.
  const { take, renew } = useMemo(() => {
    const waiting: HistoryEntry[] = []
    const show = throttled(() => {
      const fresh = waiting.splice(0)
      setHistory((before) => withEntries(before, fresh))
    }, renewMs)
    return {
      take: (entry: HistoryEntry) => {
        waiting.push(entry)
        show()
      },
      renew: throttled(() => void queries.invalidateQueries({ queryKey: ['saga', id] }), renewMs),
    }
  }, [queries, id])
  useSagaStream(id, (event) => {
    if (event.type === 'entry') take(event.data)
    renew()
  })
  return { saga, history }
}

/** A stream that was opened again may repeat what is known. */
function withEntries(before: readonly HistoryEntry[], fresh: readonly HistoryEntry[]) {
  const last = before.at(-1)?.seq ?? 0
  const added = fresh.filter(({ seq }) => seq > last)
  return added.length === 0 ? before : [...before, ...added]
}
