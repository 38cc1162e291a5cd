// How a check ends that found a breach: thrown by conversations, caught by `certify.ts` only.
import type { BreachName } from './breaches.ts'
import type { Spoken } from './wire.ts'

export class BreachedError extends Error {
  readonly breach: BreachName
  readonly spoken: readonly Spoken[]

  constructor(breach: BreachName, detail: string, spoken: readonly Spoken[]) {
    super(detail)
    this.breach = breach
    this.spoken = spoken
  }
}
