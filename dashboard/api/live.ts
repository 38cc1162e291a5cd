// What happens to all sagas, while it happens: one stream for the whole page, closed while nobody
// looks at the tab, since a browser keeps only six connections to a server.
import { useEffect, useRef } from 'react'
import type { StreamApi, StreamEvent } from '../../orchestrator/client/index.ts'
import { client } from './client.ts'

export type FeedEvent = StreamEvent<StreamApi['follow-events']['answer']>
export type SagaEvent = StreamEvent<StreamApi['follow-saga']['answer']>

type Listener = (event: FeedEvent) => void

const listeners = new Set<Listener>()
let stopFeed: (() => void) | null = null
/** Of the last event: a tab that comes back goes on from there. */
let lastId: string | undefined

export function listenToFeed(listener: Listener): () => void {
  listeners.add(listener)
  stopFeed ??= keepOpen(followAll)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    stopFeed?.()
    stopFeed = null
  }
}

async function followAll(signal: AbortSignal): Promise<void> {
  const headers = lastId === undefined ? {} : { 'last-event-id': lastId }
  for await (const event of client.follow('follow-events', { headers, signal })) {
    lastId = event.id
    for (const listener of listeners) listener(event)
  }
}

/** A hidden tab gives its connection back after this. */
const hiddenMs = 5_000

/** Opens a stream whenever the tab is looked at. What it refuses for good the views show by themselves. */
function keepOpen(open: (signal: AbortSignal) => Promise<void>): () => void {
  let running: AbortController | null = null
  let closing: ReturnType<typeof setTimeout> | undefined
  const look = () => {
    clearTimeout(closing)
    if (document.hidden) closing = setTimeout(close, hiddenMs)
    else if (running === null) {
      running = new AbortController()
      open(running.signal).catch(() => undefined)
    }
  }
  const close = () => {
    running?.abort()
    running = null
  }
  document.addEventListener('visibilitychange', look)
  look()
  return () => {
    clearTimeout(closing)
    document.removeEventListener('visibilitychange', look)
    close()
  }
}

/** Calls back for each event; the newest callback counts. */
export function useFeed(onEvent: Listener): void {
  const latest = useRef(onEvent)
  latest.current = onEvent
  useEffect(() => listenToFeed((event) => latest.current(event)), [])
}

/** The history of one saga, from its beginning, and what happens to it. */
export function useSagaStream(saga: string, onEvent: (event: SagaEvent) => void): void {
  const latest = useRef(onEvent)
  latest.current = onEvent
  useEffect(() => {
    let seen: string | undefined
    return keepOpen(async (signal) => {
      const headers = seen === undefined ? {} : { 'last-event-id': seen }
      for await (const event of client.follow('follow-saga', { path: { saga }, headers, signal })) {
        seen = event.id
        latest.current(event)
      }
    })
  }, [saga])
}

/** Runs at once, then at the most once in `everyMs`, and once more after the last call. */
export function throttled(work: () => void, everyMs: number): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null
  let isAsked = false
  const run = () => {
    if (timer !== null) {
      isAsked = true
      return
    }
    work()
    timer = setTimeout(() => {
      timer = null
      if (!isAsked) return
      isAsked = false
      run()
    }, everyMs)
  }
  return run
}
