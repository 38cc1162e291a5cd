// The operations of REST under `faults`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.
import type { Faults } from './faults-schemas.ts'

export type FaultsApi = {
  /** Faults on purpose: which services can have some, and which they have. */
  'list-faults': { ask: Readonly<Record<never, never>>; answer: Faults }
  /** The next commands of that name fail on purpose, of whatever saga they are. */
  'add-fault': {
    ask: {
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
        readonly command: string
        readonly step?: string
        readonly times?: number
        readonly fault: {
          readonly kind:
            | 'decline'
            | 'throw'
            | 'time-out'
            | 'duplicate'
            | 'delay'
            | 'crash-before-commit'
            | 'crash-after-commit'
          /** Of a decline, as the contract has it. */
          readonly reason?: unknown
          /** Of a throw. */
          readonly message?: string
          /** Of a delay. */
          readonly ms?: number
        }
      }
    }
    answer: Faults
  }
  /** Take all faults of all services away. */
  'clear-faults': {
    ask: {
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
      }
    }
    answer: Faults
  }
}

export const faultsRoutes = {
  'list-faults': { method: 'GET', path: '/faults' },
  'add-fault': { method: 'POST', path: '/faults' },
  'clear-faults': { method: 'POST', path: '/faults/clear' },
} as const
