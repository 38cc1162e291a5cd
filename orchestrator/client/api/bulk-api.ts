// The operations of REST under `bulk`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.
import type { BulkItem, BulkJob, BulkPreview, BulkProgress } from './bulk-schemas.ts'

export type BulkApi = {
  /** Tell a verb to all sagas that a filter finds, or look at what it would do. */
  'create-bulk-job': {
    ask: {
      headers?: { readonly 'idempotency-key'?: string }
      body: {
        readonly verb: 'retry' | 'skip' | 'cancel' | 'pause' | 'resume' | 'abandon' | 'terminate'
        /** Of a skip, which needs one. */
        readonly step?: string
        /** Of a skip, which needs one. */
        readonly effect?: 'done' | 'none'
        /** As in the list of sagas; all of it must fit. */
        readonly filter: {
          /** Only sagas of this name. */
          readonly name?: string
          /** Only those of this version. */
          readonly version?: number
          /** Only sagas in one of these. */
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
          /** Only sagas with this step under way, in either direction, or parked. */
          readonly step?: string
          /** Only sagas started then (RFC 3339) or later. */
          readonly startedAfter?: string
          /** Only sagas started before that. */
          readonly startedBefore?: string
          /** Only sagas with this key of the business. */
          readonly businessKey?: string
          /** Only sagas with this correlation id. */
          readonly correlationId?: string
          /** Only the child sagas of this one. */
          readonly parentId?: string
          /** Only sagas with this attribute: `name:value`. All of several must fit. */
          readonly attribute?: readonly string[]
          /** Words, all of which must be in what went wrong. */
          readonly error?: string
          /** Only these sagas. */
          readonly ids?: readonly string[]
        }
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
        /** Sagas that are told in a second, at the most. */
        readonly perSecond?: number
        /** No job is made if more than these fit by then, e.g. as many as a dry run told. */
        readonly sagasMax?: number
        /** Only tells what would be, unless false. */
        readonly dryRun?: boolean
      }
    }
    answer: BulkPreview | BulkJob
  }
  /** Bulk jobs, newest first. */
  'list-bulk-jobs': {
    ask: { query?: { readonly limit?: number; readonly cursor?: string } }
    answer: {
      readonly items: readonly BulkJob[]
      /** Null on the last page. */
      readonly nextCursor: string | null
    }
  }
  /** A bulk job, and how far it has come. */
  'get-bulk-job': { ask: { path: { readonly job: string } }; answer: BulkProgress }
  /** What became of each saga of a bulk job, in the order of work. */
  'list-bulk-items': {
    ask: {
      path: { readonly job: string }
      query?: { readonly outcome?: string; readonly limit?: number; readonly cursor?: string }
    }
    answer: {
      readonly items: readonly BulkItem[]
      /** Null on the last page. */
      readonly nextCursor: string | null
    }
  }
  /** Stop a bulk job: what it did stays, what is left is left. */
  'cancel-bulk-job': {
    ask: {
      path: { readonly job: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
      }
    }
    answer: BulkProgress
  }
}

export const bulkRoutes = {
  'create-bulk-job': { method: 'POST', path: '/bulk-jobs' },
  'list-bulk-jobs': { method: 'GET', path: '/bulk-jobs' },
  'get-bulk-job': { method: 'GET', path: '/bulk-jobs/{job}' },
  'list-bulk-items': { method: 'GET', path: '/bulk-jobs/{job}/items' },
  'cancel-bulk-job': { method: 'POST', path: '/bulk-jobs/{job}/cancel' },
} as const
