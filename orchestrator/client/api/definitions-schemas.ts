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

/** One version of a saga, in full. */
export type DefinitionChart = {
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
  /** Of the whole saga. */
  readonly deadlineMs: number | null
  /** The statechart. */
  readonly chart: {
    readonly nodes: readonly {
      readonly id: string
      readonly parent: string | null
      readonly name: string
      readonly kind: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
      /** Where its parent begins. */
      readonly isInitial: boolean
      /** An end after which everything is undone. */
      readonly isFailure: boolean
      /** Whose commands it sends when it is entered. */
      readonly steps: readonly string[]
    }[]
    readonly ways: readonly {
      readonly from: string
      readonly to: string
      readonly kind: 'reply' | 'error' | 'timer' | 'signal' | 'done' | 'always'
      /** The step or signal that it is about. */
      readonly name: string | null
      /** Of a timer that has a fixed length. */
      readonly afterMs: number | null
      readonly isGuarded: boolean
    }[]
  }
  readonly worstCase: {
    readonly steps: readonly {
      readonly name: string
      readonly doMs: number
      /** Null where there is nothing to undo. */
      readonly undoMs: number | null
    }[]
    /** Forward through every step. */
    readonly forwardMs: number
    /** Back through every undo. */
    readonly backMs: number
  }
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
