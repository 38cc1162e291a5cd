// The operations of REST under `stats`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.
import type { Stats } from './stats-schemas.ts'

export type StatsApi = {
  /** What began, ended, was retried and how long it took, by window, saga and step. */
  'get-stats': {
    ask: {
      query?: {
        readonly from?: string
        readonly to?: string
        readonly name?: string
        readonly windowMinutes?: number
        readonly of?: 'sagas' | 'steps'
      }
    }
    answer: Stats
  }
}

export const statsRoutes = {
  'get-stats': { method: 'GET', path: '/stats' },
} as const
