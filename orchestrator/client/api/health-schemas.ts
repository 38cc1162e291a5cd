// What the answers of REST are made of. Made from the OpenAPI document by `npm test -- test/tidy -u`; changes are lost.

/** Up to a second old. */
export type Vitals = {
  readonly consumerLag: Readonly<Record<string, number>>
  readonly outboxAgeMs: number | null
  /** Transactions with such messages; 10,000 stands for that or more. */
  readonly publishBatches: number
  /** Of those that have not ended, as far as the read model has come. */
  readonly oldestSaga: {
    readonly id: string
    readonly name: string
    readonly startedAt: string
  } | null
  readonly inFlight: Readonly<Record<string, number>>
}
