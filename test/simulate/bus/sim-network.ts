// How long messages between simulated processes and their broker take, and what goes wrong with
// them.
import type { Faults } from '../faults.ts'
import type { Owner } from '../owner.ts'
import type { Random } from '../random.ts'
import type { Schedule } from '../scheduler.ts'

export type SimNetwork = {
  readonly schedule: Schedule
  readonly random: Random
  readonly faults: Pick<Faults, 'happens'>
  /** The broker's own steps: nothing ends it. */
  readonly broker: Owner
}

const usualMs = { min: 0.2, max: 3 }
const slowMs = { min: 20, max: 3_000 }

/** One way, or a short piece of work. */
export function latencyMs({ random, faults }: SimNetwork, detail: string): number {
  const { min, max } = faults.happens('network.slow', detail) ? slowMs : usualMs
  return random.between(min, max)
}
