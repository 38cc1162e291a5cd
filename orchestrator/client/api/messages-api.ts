// The operations of REST under `messages`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.
import type { Links, SagaMessage } from './messages-schemas.ts'

export type MessagesApi = {
  /** The messages of a saga in the order of its history, with what was in them. */
  'list-saga-messages': {
    ask: { path: { readonly saga: string } }
    answer: {
      readonly items: readonly SagaMessage[]
    }
  }
  /** Where traces and logs of a saga are looked at. */
  'get-links': { ask: Readonly<Record<never, never>>; answer: Links }
}

export const messagesRoutes = {
  'list-saga-messages': { method: 'GET', path: '/sagas/{saga}/messages' },
  'get-links': { method: 'GET', path: '/links' },
} as const
