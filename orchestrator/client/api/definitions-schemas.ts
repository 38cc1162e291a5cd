// What the answers of REST are made of. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

/** One page. */
export type MigrationPage = {
  readonly items: readonly {
    /** A UUID. */
    readonly id: string
    readonly status:
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
    /** Of the statechart, before. */
    readonly state: unknown
    /** needs-map: the new version says nothing of how to come from the old one. */
    readonly verdict: 'ok' | 'needs-map' | 'impossible'
    /** Why not; or, with ok, what a person should know. */
    readonly reason: string | null
    /** It has the new version now. */
    readonly migrated: boolean
  }[]
  /** Null on the last page; a page may be empty and not the last one. */
  readonly nextCursor: string | null
}

export type Definition = {
  readonly name: string
  readonly version: number
  readonly hash: string
  /** This server has no newer version of the name. */
  readonly isNewest: boolean
  /** Every live instance has it; the newest such version of a name is started. */
  readonly isStartable: boolean
  /** A JSON Schema. */
  readonly input: unknown
  readonly steps: readonly {
    readonly name: string
    readonly kind: 'compensatable' | 'pivot' | 'retriable'
    readonly command: string
    readonly topic: string
    /** The command that takes its effect back. */
    readonly undo: string | null
    /** The saga that it starts, as name@version. */
    readonly child: string | null
    readonly retry: {
      readonly attempts: number
      readonly timeoutMs: number
      readonly firstDelayMs: number
      readonly factor: number
      readonly delayMsMax: number
      /** The part of a pause that is spread, 0 to 1. */
      readonly jitter: number
      /** For all attempts together. */
      readonly deadlineMs: number | null
    }
    readonly undoRetry: {
      readonly attempts: number
      readonly timeoutMs: number
      readonly firstDelayMs: number
      readonly factor: number
      readonly delayMsMax: number
      /** The part of a pause that is spread, 0 to 1. */
      readonly jitter: number
      /** For all attempts together. */
      readonly deadlineMs: number | null
    }
  }[]
}
