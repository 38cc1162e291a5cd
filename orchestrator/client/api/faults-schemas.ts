// What the answers of REST are made of. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

/** What fails on purpose. */
export type Faults = {
  /** False unless FAULT_SERVICES names services. */
  readonly isAllowed: boolean
  readonly services: readonly {
    readonly url: string
    /** Those that may have a fault. */
    readonly commands: readonly string[]
    readonly faults: readonly {
      readonly command: string
      readonly step: string | null
      readonly fault: {
        readonly kind: string
        /** Of a decline, as the contract has it. */
        readonly reason?: unknown
        /** Of a throw. */
        readonly message?: string
        /** Of a delay. */
        readonly ms?: number
      }
      /** Commands that will still have it. */
      readonly left: number
      /** Commands that had it. */
      readonly hits: number
    }[]
    /** Why it cannot be asked. */
    readonly problem: string | null
  }[]
}
