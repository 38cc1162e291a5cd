// The operations of REST under `messages`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.
import type { SagaMessage } from './messages-schemas.ts'

export type MessagesApi = {
  /** The messages of a saga in the order of its history, with what was in them. */
  'list-saga-messages': {
    ask: { path: { readonly saga: string } }
    answer: {
      readonly items: readonly SagaMessage[]
    }
  }
}

export const messagesRoutes = {
  'list-saga-messages': { method: 'GET', path: '/sagas/{saga}/messages' },
} as const
