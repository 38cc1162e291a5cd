// The operations of REST under `letters`. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.
import type { DeadLetter, DeadLetterSummary } from './letters-schemas.ts'

export type LettersApi = {
  /** Records that could not be handled, oldest first. */
  'list-dead-letters': {
    ask: {
      query?: {
        readonly topic?: string
        readonly code?: string
        readonly consumer?: string
        readonly olderThanS?: number
        readonly newerThanS?: number
        readonly state?: 'parked' | 'replaying' | 'replayed' | 'discarded'
        readonly limit?: number
        readonly cursor?: string
      }
    }
    answer: {
      readonly items: readonly DeadLetterSummary[]
      /** Null on the last page. */
      readonly nextCursor: string | null
    }
  }
  /** One dead letter: its bytes, its headers, and who did what with it. */
  'show-dead-letter': { ask: { path: { readonly letter: string } }; answer: DeadLetter }
  /** Change what a replay will send; the record is kept as it came. */
  'edit-dead-letter': {
    ask: {
      path: { readonly letter: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
        /** The whole value, any bytes; not together with `text`. */
        readonly valueBase64?: string
        /** The whole value as a text. */
        readonly text?: string
        /** By name; null takes a header away, others stay as they are. */
        readonly headers?: Readonly<Record<string, string | null>>
      }
    }
    answer: DeadLetter
  }
  /** Send it again to its topic, with its key, headers and bytes. */
  'replay-dead-letter': {
    ask: {
      path: { readonly letter: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
      }
    }
    answer: DeadLetter
  }
  /** Put it away: nobody will need it. */
  'discard-dead-letter': {
    ask: {
      path: { readonly letter: string }
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
      }
    }
    answer: DeadLetter
  }
  /** Send parked letters again, a page at a time; first a dry run tells which. */
  'replay-dead-letters': {
    ask: {
      body: {
        /** Who does it. */
        readonly actor: string
        /** Why. */
        readonly reason: string
        /** Only those of this topic. */
        readonly topic?: string
        /** Only those with this code. */
        readonly code?: string
        /** Only those of this consumer group. */
        readonly consumer?: string
        /** Only those parked at least so many seconds ago. */
        readonly olderThanS?: number
        /** Only those parked less than so many seconds ago. */
        readonly newerThanS?: number
        /** Only these. */
        readonly ids?: readonly string[]
        /** Only tells which it would be, unless false. */
        readonly dryRun?: boolean
        readonly limit?: number
        /** `nextCursor` of the page before. */
        readonly cursor?: string
      }
    }
    answer: {
      readonly items: readonly DeadLetterSummary[]
      /** Null on the last page. */
      readonly nextCursor: string | null
    }
  }
}

export const lettersRoutes = {
  'list-dead-letters': { method: 'GET', path: '/dead-letters' },
  'show-dead-letter': { method: 'GET', path: '/dead-letters/{letter}' },
  'edit-dead-letter': { method: 'POST', path: '/dead-letters/{letter}/edit' },
  'replay-dead-letter': { method: 'POST', path: '/dead-letters/{letter}/replay' },
  'discard-dead-letter': { method: 'POST', path: '/dead-letters/{letter}/discard' },
  'replay-dead-letters': { method: 'POST', path: '/dead-letters/replay' },
} as const
