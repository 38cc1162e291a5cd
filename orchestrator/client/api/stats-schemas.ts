// What the answers of REST are made of. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

/** By window, saga and step. */
export type Stats = {
  /** How long a window is, in seconds. */
  readonly windowS: number
  readonly lagMs: number | null
  /** In the order of time, name and step; a window without anything is left out. */
  readonly items: readonly {
    /** The beginning of the window. */
    readonly at: string
    /** Of the saga. */
    readonly name: string
    /** Null: the saga as a whole. */
    readonly step: string | null
    /** Sagas, or visits of the step, that began. */
    readonly started: number
    /** Sagas that completed; steps that succeeded. */
    readonly completed: number
    /** Sagas that were compensated; steps undone. */
    readonly compensated: number
    /** Sagas that were abandoned or terminated; steps refused, or of unknown outcome. */
    readonly failed: number
    /** How often one began to wait for a person. */
    readonly stuck: number
    /** Commands that were sent again, undos too. */
    readonly retries: number
    /** How many durations ended: p50 and p99 are of these. */
    readonly count: number
    /** From the start to the end, or from the first command to what came of it. */
    readonly p50Ms: number | null
    /** To within five per cent, as p50Ms; null without a duration. */
    readonly p99Ms: number | null
  }[]
}
