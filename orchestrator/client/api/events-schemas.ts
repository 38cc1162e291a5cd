// What the answers of REST are made of. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

export type FeedEntry = {
  /** A UUID. */
  readonly sagaId: string
  readonly name: string
  readonly version: number
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
