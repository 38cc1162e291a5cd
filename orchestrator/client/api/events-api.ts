// The operations of REST under `events`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

import type { FeedEntry } from './events-schemas.ts'
import type { HistoryEntry } from './sagas-schemas.ts'

export type EventsApi = {
  /** What happens to all sagas, from now on. */
  'follow-events': {
    ask: { query?: { readonly name?: string }; headers?: { readonly 'last-event-id'?: string } }
    answer: FeedEntry
  }
  /** The history of a saga, and what happens to it from now on. */
  'follow-saga': {
    ask: { path: { readonly saga: string }; headers?: { readonly 'last-event-id'?: string } }
    answer: HistoryEntry
  }
}

export const eventsRoutes = {
  'follow-events': { method: 'GET', path: '/events' },
  'follow-saga': { method: 'GET', path: '/sagas/{saga}/events' },
} as const
