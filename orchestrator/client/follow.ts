// Follows a stream of server-sent events over `fetch`, which can log in where `EventSource` cannot.
// A connection that ends or breaks is made again, after the last event that came.
import { createParser } from 'eventsource-parser'
import type { Route } from './api.ts'
import { ApiError } from './api-error.ts'
import { type Ask, type ClientOptions, send } from './request.ts'

/**
 * `entry`: an entry of a history. `ready`: the stream stands, at `id`. `missed`: some entries are no
 * longer kept, so read anew what you show.
 */
export type StreamEvent<Data> =
  | { readonly type: 'entry'; readonly id: string; readonly data: Data }
  | { readonly type: 'ready' | 'missed'; readonly id: string }

/** Pauses between tries to connect: doubling, until one succeeds. */
const pauseMs = { initial: 500, max: 15_000 }

/** Ends when `signal` is aborted. @throws ApiError for what no repeat would mend. */
export async function* follow<Data>(
  options: ClientOptions,
  route: Route,
  ask: Ask,
): AsyncGenerator<StreamEvent<Data>, void, undefined> {
  const { signal } = ask
  let lastId = ask.headers?.['last-event-id']
  let pause = pauseMs.initial
  while (signal?.aborted !== true) {
    try {
      const headers = { ...ask.headers, ...(lastId !== undefined && { 'last-event-id': lastId }) }
      for await (const event of eventsOf<Data>(options, route, { ...ask, headers })) {
        pause = pauseMs.initial
        lastId = event.id
        if (event.type !== 'beat') yield event
      }
    } catch (error) {
      if (error instanceof ApiError && error.status < 500 && error.status !== 429) throw error
      if (error instanceof ApiError) pause = Math.max(pause, error.retryAfterMs ?? 0)
    }
    await wait(pause, signal)
    pause = Math.min(2 * pause, pauseMs.max)
  }
}

type Received<Data> = StreamEvent<Data> | { readonly type: 'beat'; readonly id: string }

/** One connection, to its end. */
async function* eventsOf<Data>(
  options: ClientOptions,
  route: Route,
  ask: Ask,
): AsyncGenerator<Received<Data>, void, undefined> {
  const { body } = await send(options, route, ask)
  if (body === null) return
  const arrived: Received<Data>[] = []
  const parser = createParser({
    onEvent: ({ id = '', event, data }) => {
      if (event === 'entry') arrived.push({ type: event, id, data: JSON.parse(data) as Data })
      else if (event === 'ready' || event === 'missed' || event === 'beat') {
        arrived.push({ type: event, id })
      }
    },
  })
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      parser.feed(read.value)
      yield* arrived.splice(0)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })
}
