// The plan of a chaos run: which fault comes when, and with which chance of its own. Decided by the
// seed alone, before anything runs.
import { Random } from '../simulate/random.ts'

export type PlannedFault = {
  readonly kind: string
  /** From the beginning of the load. */
  readonly atMs: number
  /** For whatever the fault has to choose: whom it hits, how long it lasts. */
  readonly seed: number
}

export type PlanOptions = {
  readonly seed: number
  readonly lengthMs: number
  readonly kinds: readonly string[]
}

/** The system is seen well before the first fault, and has a moment after the last. */
const quietStartMs = 4_000
const quietEndMs = 8_000
const everyMs = 4_600
/** Of the time between two faults: how far one may be from its regular place. */
const jitter = 0.8

/** Every kind comes once before any comes again. */
export function planFaults({ seed, lengthMs, kinds }: PlanOptions): readonly PlannedFault[] {
  const random = new Random(seed, 'plan')
  const count = Math.floor((lengthMs - quietStartMs - quietEndMs) / everyMs)
  const plan: PlannedFault[] = []
  let deck: string[] = []
  for (let at = 0; at < count; at += 1) {
    if (deck.length === 0) deck = shuffled(kinds, random)
    const kind = deck.pop()
    if (kind === undefined) break
    const atMs = Math.round(quietStartMs + (at + jitter * random.next()) * everyMs)
    plan.push({ kind, atMs, seed: random.below(2 ** 31) })
  }
  return plan
}

function shuffled(kinds: readonly string[], random: Random): string[] {
  const deck = [...kinds]
  for (let at = deck.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1)
    const [one, two] = [deck[at], deck[other]]
    if (one === undefined || two === undefined) continue
    deck[at] = two
    deck[other] = one
  }
  return deck
}
