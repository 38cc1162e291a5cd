// What a fault is: something done to the running system and undone again, that says what was seen
// of it. A fault that cannot show that it happened has not.
import type { Random } from '../simulate/random.ts'
import type { ChaosWorld } from './chaos-world.ts'

/** Faults of one lane never overlap: they would undo or hide each other. */
export const lanes = ['members', 'brokers', 'postgres', 'network', 'records'] as const
export type Lane = (typeof lanes)[number]

export type Fault = {
  /** Its name in the plan, the table and the picture, e.g. `broker.killed`. */
  readonly kind: string
  readonly lane: Lane
  /** Why it cannot be made on this machine, else null. */
  readonly whyNot?: (world: ChaosWorld) => string | null
  /**
   * Makes it and undoes it again, and answers what was seen of it, which is the proof that it
   * happened. Rejects when it did not.
   */
  readonly make: (world: ChaosWorld, random: Random) => Promise<string>
}

/** A fault as it was made, in ms from the beginning of the load. */
export type MadeFault = {
  readonly kind: string
  readonly fromMs: number
  readonly toMs: number
  /** Null: it did not happen. */
  readonly seen: string | null
  /** Why it did not. */
  readonly problem?: string
}
