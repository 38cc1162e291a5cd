// One request: the path, query, headers and body of an operation, and its answer. Only `fetch` is
// needed, so that it works in browsers and in Node.
import type { Route } from './api.ts'
import { toApiError } from './api-error.ts'

export type ClientOptions = {
  /** Where REST is, e.g. `http://127.0.0.1:3000`; a path in front of it is kept. */
  readonly url: string
  /** An API key or token; a function is asked before each request, and null sends none. */
  readonly token?: string | (() => string | null | Promise<string | null>)
  /** In the place of the global one. */
  readonly fetch?: typeof fetch
}

/** What an operation is asked; which of it, and of what types, is in `Api`. */
export type Ask = {
  readonly path?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** @throws ApiError; whatever `fetch` throws when there was no answer. */
export async function send(options: ClientOptions, route: Route, ask: Ask): Promise<Response> {
  const { token, fetch: given } = options
  const bearer = typeof token === 'function' ? await token() : token
  const headers = {
    ...textsOf(ask.headers),
    ...(typeof bearer === 'string' && { authorization: `Bearer ${bearer}` }),
    ...(ask.body !== undefined && { 'content-type': 'application/json' }),
  }
  const response = await (given ?? fetch)(urlOf(options.url, route, ask), {
    method: route.method,
    headers,
    ...(ask.body !== undefined && { body: JSON.stringify(ask.body) }),
    ...(ask.signal && { signal: ask.signal }),
  })
  if (!response.ok && !isTold(response)) throw await toApiError(response)
  return response
}

/** `GET /health/ready` answers 503 with what is away, which is no problem document. */
function isTold({ status, headers }: Response): boolean {
  return status === 503 && headers.get('content-type')?.startsWith('application/json') === true
}

function urlOf(base: string, { path }: Route, ask: Ask): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(ask.path?.[name])),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(ask.query ?? {})) {
    for (const one of [value].flat()) if (one !== undefined) query.append(name, String(one))
  }
  const asked = query.size === 0 ? '' : `?${query}`
  return `${base.replace(/\/$/, '')}${filled}${asked}`
}

function textsOf(headers: Ask['headers'] = {}): Readonly<Record<string, string>> {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]))
}
