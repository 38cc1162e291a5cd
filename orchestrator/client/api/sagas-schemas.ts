// What the answers of REST are made of. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

/** RFC 9457 */
export type Problem = {
  /** A name for the kind of problem; holds the code. */
  readonly type: string
  readonly title: string
  readonly status: number
  /** Words for a person; they may change. */
  readonly detail: string
  /** Stable; what programs decide by. */
  readonly code: string
  /** The id of the request, for the log. */
  readonly instance: string
  /** The saga in question, on 409. */
  readonly sagaId?: string
}

/** A saga in the queue of a key. */
export type Lock = {
  readonly key: string
  /** A UUID. */
  readonly sagaId: string
  /** The order of arrival; it grows, with gaps. */
  readonly position: number
  readonly since: string
  /** It holds the key; it runs when it holds all of its. */
  readonly isHolder: boolean
}

export type SignalResult = {
  /** The saga that has it. */
  readonly sagaId: string
  /** kept until a state waits for it; repeated: its id was known, and it changed nothing. */
  readonly outcome: 'delivered' | 'kept' | 'repeated'
}

/** The saga as it stands. */
export type Saga = {
  /** A UUID. */
  readonly id: string
  readonly name: string
  /** The version of its definition: that of its start, unless it was migrated. */
  readonly version: number
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
  readonly businessKey: string | null
  readonly correlationId: string | null
  /** The saga that this one is a step of. */
  readonly parentId: string | null
  /** What it can be searched by; numbers and truth values as text. */
  readonly attributes: Readonly<Record<string, string>>
  /** The state of the statechart. */
  readonly state: unknown
  readonly startedAt: string
  readonly updatedAt: string
  readonly endedAt: string | null
  /** The number of its history entries. */
  readonly revision: number
  /** Keys of semantic locks, held or waited for until the end. */
  readonly locks: readonly string[]
  readonly steps: readonly {
    readonly name: string
    readonly visit: number
    /** unknown may have been done, so it is undone as well. */
    readonly outcome: 'pending' | 'done' | 'refused' | 'unknown' | 'skipped'
    readonly undo: 'none' | 'pending' | 'done' | 'skipped'
    /** Sendings of the direction that is or was last. */
    readonly attempts: number
    readonly attemptsMax: number
    readonly dueAt: string | null
    readonly issuedAt: string
    /** The last refusal or technical error. */
    readonly error: unknown
  }[]
  readonly nextTimerAt: string | null
  /** When the whole saga has taken too long. */
  readonly deadlineAt: string | null
  /** Why it turned back. */
  readonly failure: {
    readonly step: string | null
    readonly visit: number
    readonly direction: 'do' | 'undo'
    /** What was answered, or what went wrong. */
    readonly reason: unknown
  } | null
  /** Where a person must look. */
  readonly stuck: {
    readonly step: string | null
    readonly visit: number
    readonly direction: 'do' | 'undo'
    /** What was answered, or what went wrong. */
    readonly reason: unknown
  } | null
  /** Who holds it. */
  readonly pause: {
    readonly was:
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
    readonly actor: string
    readonly reason: string
    readonly since: string
  } | null
  /** What a person must look at, though nothing waits for it. */
  readonly flags: readonly {
    readonly step: string | null
    readonly visit: number
    readonly direction: 'do' | 'undo'
    /** What was answered, or what went wrong. */
    readonly reason: unknown
  }[]
  /** The signals that it takes where it stands; null where its definition is not here. */
  readonly waitsFor:
    | readonly {
        readonly signal: string
        /** Whose answer an approval asks for. */
        readonly by: string | null
        /** It is an answer of a person, who must be named. */
        readonly needsActor: boolean
        /** When the saga waits no longer. */
        readonly dueAt: string | null
      }[]
    | null
  /** What it gave, once it has completed. */
  readonly output: unknown
  readonly context?: unknown
  /** True: the data of its person was erased; the rest is here. */
  readonly erased?: boolean
  /** True: it is in an archive, and no longer in the database. */
  readonly archived?: boolean
}

/** Nothing was done. */
export type PossibleVerbs = {
  /** Null where this server does not have the saga's definition. */
  readonly items:
    | readonly {
        readonly verb: 'retry' | 'skip' | 'cancel' | 'pause' | 'resume' | 'abandon' | 'terminate'
        /** In words. */
        readonly does: string
        /** Of a skip. */
        readonly step: string | null
        readonly visit: number | null
        readonly effect: 'done' | 'none' | null
        /** no-change: the saga is there already. */
        readonly outcome: 'acts' | 'no-change' | 'refused'
        /** Why it would be refused. */
        readonly refusal: {
          readonly code: string
          readonly detail: string
        } | null
        /** What follows depends on the output given with it. */
        readonly needsOutput: boolean
        /** The status after it. */
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
          | null
        /** What it would send: step and direction. */
        readonly commands: readonly string[] | null
      }[]
    | null
  /** What would follow if it turned back now; null once it has ended. */
  readonly ifItFailed: {
    /** stuck: it is past its point of no return, so a person would have to look. */
    readonly status: 'compensating' | 'stuck'
    /** In the order in which they would be sent, each after the answer before. */
    readonly commands: readonly {
      readonly step: string
      readonly visit: number
      /** What takes the step back. */
      readonly command: string
      /** It is not known whether the step was done, so it would be undone. */
      readonly isUncertain: boolean
    }[]
  } | null
}

export type HistoryEntry = {
  readonly seq: number
  readonly at: string
  /** The event that came. */
  readonly type: string
  /** The state after it. */
  readonly state: unknown
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
  readonly facts: readonly {
    readonly type: string
    /** Its number among the saga's lifecycle events. */
    readonly seq?: number
    readonly step?: string
    readonly visit?: number
    readonly direction?: 'do' | 'undo'
    readonly attempt?: number
    /** Reasons, errors, and who did it. */
    readonly detail?: unknown
  }[]
}

/** By group, and in all. */
export type SagaCounts = {
  readonly items: readonly {
    readonly name: string
    readonly version: number
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
    readonly count: number
    readonly oldestStartedAt: string
  }[]
  /** Of all of them together; those without any are left out. */
  readonly byStatus: Readonly<Record<string, number>>
  readonly lagMs: number | null
}

export type FoundSaga = {
  /** A UUID. */
  readonly id: string
  readonly name: string
  /** The version of its definition: that of its start, unless it was migrated. */
  readonly version: number
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
  readonly businessKey: string | null
  readonly correlationId: string | null
  /** The saga that this one is a step of. */
  readonly parentId: string | null
  /** What it can be searched by; numbers and truth values as text. */
  readonly attributes: Readonly<Record<string, string>>
  /** The state of the statechart. */
  readonly state: unknown
  readonly startedAt: string
  readonly updatedAt: string
  readonly endedAt: string | null
  /** Steps that are under way, or parked. */
  readonly stepsUnderWay: readonly string[]
  /** What went wrong last, in words; cut where it is long. */
  readonly error: string | null
}

export type SagaStarted = {
  /** A UUID. */
  readonly id: string
  readonly name: string
  /** False when the Idempotency-Key was known. */
  readonly isNew: boolean
}
