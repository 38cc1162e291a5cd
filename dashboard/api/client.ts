// The one client of REST in the dashboard, and what is known of the connection: the streams tell it.
import { ApiError, createClient } from '../../orchestrator/client/index.ts'
import { readKey } from './session.ts'

export type LinkState = 'connecting' | 'live' | 'lost'

let link: LinkState = 'connecting'
const listeners = new Set<() => void>()

export const linkState = (): LinkState => link

export function onLinkChange(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

function setLink(state: LinkState): void {
  if (link === state) return
  link = state
  for (const listener of listeners) listener()
}

/** Streams alone say whether the server is there: they are open all the time. */
async function watchedFetch(to: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  if (!/\/events(\?|$)/.test(String(to))) return fetch(to, init)
  try {
    const response = await fetch(to, init)
    setLink(response.ok ? 'live' : 'lost')
    return response.ok ? watchedBody(response, init?.signal ?? null) : response
  } catch (error) {
    if (init?.signal?.aborted !== true) setLink('lost')
    throw error
  }
}

/**
 * Says so when the body breaks off, unless the page itself wants no more of it; an end that the server
 * meant is followed by a new stream.
 */
function watchedBody(response: Response, signal: AbortSignal | null): Response {
  const { body } = response
  if (body === null) return response
  const reader = body.getReader()
  const watched = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const read = await reader.read().catch((error: unknown) => {
        if (signal?.aborted !== true) setLink('lost')
        throw error
      })
      if (read.done) {
        setLink('connecting')
        controller.close()
      } else controller.enqueue(read.value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
  return new Response(watched, response)
}

export const client = createClient({
  url: location.origin,
  token: readKey,
  fetch: watchedFetch,
})

/** For a person. */
export function problemText(error: unknown): string {
  if (error instanceof ApiError) return error.problem.detail
  return 'The server is out of reach.'
}

export const isCode = (error: unknown, code: string): boolean =>
  error instanceof ApiError && error.code === code
