// The operations of REST under `health`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.
import type { Vitals } from './health-schemas.ts'

export type HealthApi = {
  /** How the engine is: lag, what waits for Kafka, sagas in flight. */
  'get-vitals': { ask: Readonly<Record<never, never>>; answer: Vitals }
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
  /** Figures for Prometheus, of this process and of all sagas. */
  'get-metrics': { ask: Readonly<Record<never, never>>; answer: string }
}

export const healthRoutes = {
  'get-vitals': { method: 'GET', path: '/vitals' },
  'is-live': { method: 'GET', path: '/health/live' },
  'is-ready': { method: 'GET', path: '/health/ready' },
  'get-metrics': { method: 'GET', path: '/metrics' },
} as const
