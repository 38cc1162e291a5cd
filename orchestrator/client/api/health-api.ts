// The operations of REST under `health`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

export type HealthApi = {
  /** Whether the process answers at all. */
  'is-live': {
    ask: Readonly<Record<never, never>>
    answer: {
      readonly isLive: true
    }
  }
  /** Whether sagas can be started and moved. */
  'is-ready': {
    ask: Readonly<Record<never, never>>
    answer: {
      readonly isReady: boolean
      /** What is away, and why; without reasons where a login is needed. */
      readonly problems: Readonly<Record<string, string>>
    }
  }
}

export const healthRoutes = {
  'is-live': { method: 'GET', path: '/health/live' },
  'is-ready': { method: 'GET', path: '/health/ready' },
} as const
