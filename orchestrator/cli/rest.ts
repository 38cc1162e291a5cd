// One request of a command to a REST interface of Sagaline: JSON there and back.
import { cliError } from './errors.ts'

export type RestRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** With its query. */
  readonly path: string
  readonly body?: unknown
}

export type Rest = (request: RestRequest) => Promise<unknown>

/** Longer than the server itself waits for an answer. */
const answerMsMax = 30_000

/** `apiKey` empty: nobody logs in. The answers reject with REST_UNREACHABLE, REST_REFUSED. */
export function restAt(url: string, apiKey: string): Rest {
  return async ({ method, path, body }) => {
    const headers = {
      ...(apiKey !== '' && { authorization: `Bearer ${apiKey}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    }
    const signal = AbortSignal.timeout(answerMsMax)
    const sent = {
      method,
      headers,
      signal,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }
    const unreachable = (cause: unknown) =>
      cliError('REST_UNREACHABLE', { url, problem: reasonOf(cause) }, cause)
    const response = await fetch(new URL(path, url), sent).catch((error: unknown) => {
      throw unreachable(error)
    })
    const answer: unknown = await response.json().catch((error: unknown) => {
      throw unreachable(error)
    })
    if (response.ok) return answer
    const { status } = response
    const { code, detail } = answer as { readonly code?: string; readonly detail?: string }
    if (status >= 500) throw unreachable(`${status} ${code}: ${detail}`)
    throw cliError('REST_REFUSED', { url, status, code, detail })
  }
}

/** What is known of why nothing answered. */
export function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  return cause.cause instanceof Error ? cause.cause.message : cause.message
}
