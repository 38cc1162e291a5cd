// What views ask of the server, by name: caches are shared, and the feed makes them fresh.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { now } from '../clock.ts'
import { client } from './client.ts'
import { throttled, useFeed } from './live.ts'

/** What follows the feed is asked anew this often at the most. */
const freshMs = 1_000

/** Renews these caches soon after something happened to some saga. */
export function useFreshAfterEvents(keys: readonly string[]): void {
  const queries = useQueryClient()
  const names = keys.join(' ')
  const renew = useMemo(
    () =>
      throttled(() => {
        for (const key of names.split(' ')) void queries.invalidateQueries({ queryKey: [key] })
      }, freshMs),
    [queries, names],
  )
  useFeed((event) => {
    if (event.type !== 'ready') renew()
  })
}

export function useCounts() {
  useFreshAfterEvents(['counts'])
  return useQuery({
    queryKey: ['counts'],
    queryFn: ({ signal }) => client.call('count-sagas', { signal }),
    refetchInterval: 15_000,
  })
}

export function useDefinitions() {
  return useQuery({
    queryKey: ['definitions'],
    queryFn: ({ signal }) => client.call('list-definitions', { signal }),
    staleTime: 60_000,
  })
}

export function useDefinition(name: string, version: number) {
  return useQuery({
    queryKey: ['definition', name, version],
    queryFn: ({ signal }) =>
      client.call('get-definition', { path: { saga: name, version: String(version) }, signal }),
    staleTime: 60_000,
  })
}

export function useVerbs(id: string) {
  return useQuery({
    queryKey: ['saga', id, 'verbs'],
    queryFn: ({ signal }) => client.call('list-verbs', { path: { saga: id }, signal }),
  })
}

export function useMessages(id: string) {
  return useQuery({
    queryKey: ['saga', id, 'messages'],
    queryFn: ({ signal }) => client.call('list-saga-messages', { path: { saga: id }, signal }),
  })
}

/** Which services can be made to fail, and how they will. */
export function useFaults() {
  return useQuery({
    queryKey: ['faults'],
    queryFn: ({ signal }) => client.call('list-faults', { signal }),
    refetchInterval: ({ state }) => (state.data?.isAllowed === true ? 5_000 : false),
  })
}

/** They were set when the server was started. */
export function useLinks() {
  return useQuery({
    queryKey: ['links'],
    queryFn: ({ signal }) => client.call('get-links', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

/** It never changes: what is past is past. */
export function useMoment(id: string, seq: number) {
  return useQuery({
    queryKey: ['moment', id, seq],
    queryFn: ({ signal }) =>
      client.call('get-saga', { path: { saga: id }, query: { at: String(seq) }, signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
}

const minuteMs = 60_000

export type StatsAsked = {
  readonly of: 'sagas' | 'steps'
  /** The time until now, and the length of a window: in minutes. */
  readonly spanMinutes: number
  readonly windowMinutes: number
  readonly name?: string
}

/** The span ends with the minute that it is asked in; `from` and `to` in ms since the epoch. */
export function useStats(asked: StatsAsked) {
  const { spanMinutes, ...query } = asked
  return useQuery({
    queryKey: ['stats', asked],
    queryFn: async ({ signal }) => {
      const to = Math.ceil(now() / minuteMs) * minuteMs
      const from = to - spanMinutes * minuteMs
      const iso = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
      return {
        ...(await client.call('get-stats', { query: { ...query, ...iso }, signal })),
        from,
        to,
      }
    },
    // A longer time costs more, and moves less.
    refetchInterval: spanMinutes > 60 ? minuteMs : 10_000,
    placeholderData: (before) => before,
  })
}

export function useVitals() {
  return useQuery({
    queryKey: ['vitals'],
    queryFn: ({ signal }) => client.call('get-vitals', { signal }),
    refetchInterval: 5_000,
  })
}
