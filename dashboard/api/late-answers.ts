// What the routes of late-api.ts answer, as they are documented.

export type StatsItem = {
  /** The beginning of its window. */
  readonly at: string
  readonly name: string
  /** Null for the saga as a whole. */
  readonly step: string | null
  readonly started: number
  readonly completed: number
  readonly compensated: number
  readonly failed: number
  readonly stuck: number
  readonly retries: number
  readonly count: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export type Stats = {
  /** The length of a window. */
  readonly windowS: number
  readonly lagMs: number | null
  readonly items: readonly StatsItem[]
}

export type Vitals = {
  /** Records by topic. */
  readonly consumerLag: Readonly<Record<string, number>>
  readonly outboxAgeMs: number | null
  readonly publishBatches: number
  readonly oldestSaga: {
    readonly id: string
    readonly name: string
    readonly startedAt: string
  } | null
  readonly inFlight: Readonly<Record<string, number>>
}

/** A saga as it was after one of its history entries, with its context. */
export type SagaMoment = { readonly state: unknown; readonly context?: unknown }
