// The typed client of REST: calls, lists page by page, streams. The command line and the dashboard
// speak to the orchestrator through it, and so can any other program.
import { type Api, routes, type StreamApi } from './api.ts'
import { follow, type StreamEvent } from './follow.ts'
import { type Ask, type ClientOptions, send } from './request.ts'

type Signal = { readonly signal?: AbortSignal }

/** What an operation is asked; it may be left out where nothing of it is needed. */
export type AskOf<A> = A extends { readonly ask: infer Asked }
  ? object extends Asked
    ? [ask?: Asked & Signal]
    : [ask: Asked & Signal]
  : never

type Page = { readonly items: readonly unknown[]; readonly nextCursor: string | null }

/** Operations that answer a page at a time. */
export type PagedOperation = {
  [Name in keyof Api]: Api[Name]['answer'] extends Page
    ? Api[Name] extends { readonly ask: { readonly query?: { readonly cursor?: string } } }
      ? Name
      : never
    : never
}[keyof Api]

type ItemOf<Name extends PagedOperation> = Api[Name]['answer'] extends {
  readonly items: readonly (infer Item)[]
}
  ? Item
  : never

export type Client = {
  /**
   * Calls an operation by its id in the OpenAPI document, e.g.
   * `client.call('get-saga', { path: { saga: id } })`.
   * @throws ApiError when the server refuses; what `fetch` throws when it is out of reach.
   */
  call<Name extends keyof Api>(
    operation: Name,
    ...ask: AskOf<Api[Name]>
  ): Promise<Api[Name]['answer']>
  /** All items of a list, page after page as they are taken. @throws as `call`. */
  pages<Name extends PagedOperation>(
    operation: Name,
    ...ask: AskOf<Api[Name]>
  ): AsyncGenerator<ItemOf<Name>, void, undefined>
  /**
   * The events of a stream, until `signal` is aborted. It connects again by itself, after the last
   * event that came; the header `last-event-id` says after which one to begin.
   * @throws ApiError for what no repeat would mend.
   */
  follow<Name extends keyof StreamApi>(
    operation: Name,
    ...ask: AskOf<StreamApi[Name]>
  ): AsyncGenerator<StreamEvent<StreamApi[Name]['answer']>, void, undefined>
}

/** A client of the orchestrator at `url`. It keeps nothing open between calls. */
export function createClient(options: ClientOptions): Client {
  return {
    call: async (operation, ...[ask]) => {
      const response = await send(options, routes[operation], (ask ?? {}) as Ask)
      const isText = response.headers.get('content-type')?.startsWith('text/plain')
      return (isText ? response.text() : response.json()) as never
    },
    pages: (operation, ...[ask]) => pages(options, operation, (ask ?? {}) as Ask) as never,
    follow: (operation, ...[ask]) =>
      follow(options, routes[operation], (ask ?? {}) as Ask) as never,
  }
}

async function* pages(options: ClientOptions, operation: PagedOperation, ask: Ask) {
  let cursor: string | null | undefined
  do {
    const query = { ...ask.query, ...(cursor && { cursor }) }
    const response = await send(options, routes[operation], { ...ask, query })
    const page = (await response.json()) as Page
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== null)
}
