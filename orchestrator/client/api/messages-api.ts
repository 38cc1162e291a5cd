// The operations of REST under `messages`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.
import type { Links, LogLine, SagaMessage } from './messages-schemas.ts'

export type MessagesApi = {
  /** The messages of a saga in the order of its history, with what was in them. */
  'list-saga-messages': {
    ask: { path: { readonly saga: string } }
    answer: {
      readonly items: readonly SagaMessage[]
    }
  }
  /** What all services logged about a saga, oldest first. */
  'list-saga-logs': {
    ask: {
      path: { readonly saga: string }
      query?: { readonly since?: string; readonly limit?: number; readonly cursor?: string }
    }
    answer: {
      /** False: nobody keeps log lines here. */
      readonly isCollected: boolean
      readonly items: readonly LogLine[]
      /** Null on the last page. */
      readonly nextCursor: string | null
    }
  }
  /** Where traces and logs of a saga are looked at. */
  'get-links': { ask: Readonly<Record<never, never>>; answer: Links }
}

export const messagesRoutes = {
  'list-saga-messages': { method: 'GET', path: '/sagas/{saga}/messages' },
  'list-saga-logs': { method: 'GET', path: '/sagas/{saga}/logs' },
  'get-links': { method: 'GET', path: '/links' },
} as const
