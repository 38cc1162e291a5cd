// The operations of REST under `sagas`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.
import type {
  FoundSaga,
  HistoryEntry,
  Lock,
  PossibleVerbs,
  Saga,
  SagaCounts,
  SagaStarted,
  SignalResult,
} from './sagas-schemas.ts'

export type SagasApi = {
  /** Start a saga. */
  'start-saga': {
    ask: {
      path: { readonly saga: string }
      query?: { readonly startAt?: string }
      headers?: { readonly 'idempotency-key'?: string; readonly prefer?: string }
      body: unknown
    }
    answer: Saga | SagaStarted | Saga
  }
  /** A saga: its state, steps, errors and timers. */
  'get-saga': {
    ask: { path: { readonly saga: string }; query?: { readonly at?: string } }
    answer: Saga
  }
  /** Sagas, newest first. */
  'list-sagas': {
    ask: {
      query?: {
        readonly name?: string
        readonly version?: number
        readonly status?: readonly (
          | 'scheduled'
          | 'waiting'
          | 'running'
          | 'compensating'
          | 'stuck'
          | 'paused'
          | 'completed'
          | 'compensated'
          | 'abandoned'
          | 'terminated'
        )[]
        readonly step?: string
        readonly startedAfter?: string
        readonly startedBefore?: string
        readonly businessKey?: string
        readonly correlationId?: string
        readonly parentId?: string
        readonly attribute?: readonly string[]
        readonly error?: string
        readonly limit?: number
        readonly cursor?: string
      }
    }
    answer: {
      readonly items: readonly FoundSaga[]
      /** Null on the last page. */
      readonly nextCursor: string | null
      readonly lagMs: number | null
    }
  }
  /** How many sagas there are, by name, version and status. */
  'count-sagas': { ask: { query?: { readonly name?: string } }; answer: SagaCounts }
  /** The history of a saga, oldest first. */
  'get-saga-history': {
    ask: { path: { readonly saga: string } }
    answer: {
      readonly items: readonly HistoryEntry[]
    }
  }
  /** What each verb would do to a saga as it stands. */
  'list-verbs': { ask: { path: { readonly saga: string } }; answer: PossibleVerbs }
  /** Sends the commands that a stuck saga is parked at again. */
  'retry-saga': {
    ask: {
      path: { readonly saga: string }
      headers?: { readonly 'idempotency-key'?: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
      }
    }
    answer: Saga
  }
  /** Turns a saga back before its point of no return: what was done is undone. */
  'cancel-saga': {
    ask: {
      path: { readonly saga: string }
      headers?: { readonly 'idempotency-key'?: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
      }
    }
    answer: Saga
  }
  /** Holds a saga: nothing is sent, no timer fires, and what comes is kept. */
  'pause-saga': {
    ask: {
      path: { readonly saga: string }
      headers?: { readonly 'idempotency-key'?: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
      }
    }
    answer: Saga
  }
  /** Lets a paused saga go on, with everything that came meanwhile. */
  'resume-saga': {
    ask: {
      path: { readonly saga: string }
      headers?: { readonly 'idempotency-key'?: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
      }
    }
    answer: Saga
  }
  /** Gives up a stuck saga: nothing more is sent, effects that stay are flagged. */
  'abandon-saga': {
    ask: {
      path: { readonly saga: string }
      headers?: { readonly 'idempotency-key'?: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
      }
    }
    answer: Saga
  }
  /** Ends a saga at once: nothing is undone, nothing more is sent. */
  'terminate-saga': {
    ask: {
      path: { readonly saga: string }
      headers?: { readonly 'idempotency-key'?: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
      }
    }
    answer: Saga
  }
  /** Goes past a parked step, by what a person says of its effect. */
  'skip-saga': {
    ask: {
      path: { readonly saga: string }
      headers?: { readonly 'idempotency-key'?: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
        readonly step: string
        /** The parked one of that name when left out. */
        readonly visit?: number
        readonly effect: 'done' | 'none'
        /** With done: what the step would have replied. */
        readonly output?: unknown
      }
    }
    answer: Saga
  }
  /** Send a signal to a saga. */
  'send-signal': {
    ask: {
      path: { readonly saga: string; readonly signal: string }
      headers?: { readonly 'idempotency-key'?: string }
      body: {
        /** What the signal carries; an approval: `{ approved, comment? }`. */
        readonly data?: unknown
        /** The person who sends it; an approval must have one. */
        readonly actor?: string
      }
    }
    answer: SignalResult
  }
  /** Send a signal to the living saga of a name and business key. */
  'send-signal-by-key': {
    ask: {
      path: { readonly signal: string }
      headers?: { readonly 'idempotency-key'?: string }
      body: {
        /** The name of the saga. */
        readonly saga: string
        readonly businessKey: string
        /** What the signal carries; an approval: `{ approved, comment? }`. */
        readonly data?: unknown
        /** The person who sends it; an approval must have one. */
        readonly actor?: string
      }
    }
    answer: SignalResult
  }
  /** Semantic locks: their holders, and who waits for them, in order. */
  'list-locks': {
    ask: { query?: { readonly key?: string; readonly limit?: number; readonly cursor?: string } }
    answer: {
      readonly items: readonly Lock[]
      /** Null on the last page. */
      readonly nextCursor: string | null
    }
  }
  /** Erase a person's data for good, by destroying the key that it is encrypted with. */
  'erase-subject': {
    ask: {
      body: {
        /** Who it is, as `subject` of the definitions gives it. */
        readonly subject: string
        /** Who does it. */
        readonly actor: string
        /** Put into the audit. */
        readonly reason: string
        /** Terminates sagas of that person that live; nothing of them is undone. */
        readonly force?: boolean
      }
    }
    answer: {
      /** Whose data nobody can read any more. */
      readonly sagas: number
      /** With `force`. */
      readonly terminated: readonly string[]
    }
  }
}

export const sagasRoutes = {
  'start-saga': { method: 'POST', path: '/sagas/{saga}' },
  'get-saga': { method: 'GET', path: '/sagas/{saga}' },
  'list-sagas': { method: 'GET', path: '/sagas' },
  'count-sagas': { method: 'GET', path: '/saga-counts' },
  'get-saga-history': { method: 'GET', path: '/sagas/{saga}/history' },
  'list-verbs': { method: 'GET', path: '/sagas/{saga}/verbs' },
  'retry-saga': { method: 'POST', path: '/sagas/{saga}/retry' },
  'cancel-saga': { method: 'POST', path: '/sagas/{saga}/cancel' },
  'pause-saga': { method: 'POST', path: '/sagas/{saga}/pause' },
  'resume-saga': { method: 'POST', path: '/sagas/{saga}/resume' },
  'abandon-saga': { method: 'POST', path: '/sagas/{saga}/abandon' },
  'terminate-saga': { method: 'POST', path: '/sagas/{saga}/terminate' },
  'skip-saga': { method: 'POST', path: '/sagas/{saga}/skip' },
  'send-signal': { method: 'POST', path: '/sagas/{saga}/signals/{signal}' },
  'send-signal-by-key': { method: 'POST', path: '/signals/{signal}' },
  'list-locks': { method: 'GET', path: '/locks' },
  'erase-subject': { method: 'POST', path: '/erasures' },
} as const
