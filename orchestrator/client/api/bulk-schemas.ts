// What the answers of REST are made of. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

/** As far as it has come. */
export type BulkProgress = {
  /** A UUID. */
  readonly id: string
  readonly verb: 'retry' | 'skip' | 'cancel' | 'pause' | 'resume' | 'abandon' | 'terminate'
  readonly step: string | null
  readonly effect: string | null
  readonly filter: Readonly<Record<string, unknown>>
  readonly actor: string
  readonly reason: string
  readonly perSecond: number
  readonly status: 'running' | 'cancelling' | 'done' | 'cancelled'
  /** Of its sagas, which were fixed when it was made. */
  readonly total: number
  readonly createdAt: string
  readonly endedAt: string | null
  /** Sagas by outcome: `done`, `open`, `left` by a cancel, or the code of a refusal. */
  readonly counts: Readonly<Record<string, number>>
}

export type BulkItem = {
  readonly position: number
  /** A UUID. */
  readonly sagaId: string
  readonly sagaName: string
  /** Null: not yet. `done`, `left`, or the code of a refusal. */
  readonly outcome: string | null
  readonly detail: string | null
  readonly at: string | null
}

export type BulkJob = {
  /** A UUID. */
  readonly id: string
  readonly verb: 'retry' | 'skip' | 'cancel' | 'pause' | 'resume' | 'abandon' | 'terminate'
  readonly step: string | null
  readonly effect: string | null
  readonly filter: Readonly<Record<string, unknown>>
  readonly actor: string
  readonly reason: string
  readonly perSecond: number
  readonly status: 'running' | 'cancelling' | 'done' | 'cancelled'
  /** Of its sagas, which were fixed when it was made. */
  readonly total: number
  readonly createdAt: string
  readonly endedAt: string | null
}

/** Nothing was done. */
export type BulkPreview = {
  /** Sagas that fit; 50001: more than a job may have. */
  readonly total: number
  /** The newest of them, as they stand. */
  readonly sample: readonly {
    /** A UUID. */
    readonly sagaId: string
    readonly sagaName: string
    readonly outcome: 'acts' | 'no-change' | 'refused' | 'unknown'
    /** Why it would be refused. */
    readonly refusal: {
      readonly code: string
      readonly detail: string
    } | null
    /** What it would send: step and direction. */
    readonly commands: readonly string[] | null
  }[]
}
