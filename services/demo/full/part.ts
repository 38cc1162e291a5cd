// What a part of the full demo is: a function that shows something real and says in a line what it
// was, and whether it is as it must be.
import type { LocalParts } from '../../../local/local-parts.ts'
import type { Clock } from '../../../orchestrator/index.ts'
import type { OrderSystem } from '../../system/order-system.ts'
import type { OrderRun } from '../run-order.ts'
import type { SagaApi } from '../saga-api.ts'
import type { Cli } from './cli.ts'

export type Part = {
  readonly name: string
  /** One line for the reader: what there is to see. */
  readonly story: string
  /** @throws what counts as wrong. */
  readonly show: (full: FullDemo) => Promise<Shown>
}

export type Shown = {
  /** What was shown, what is wrong, or what is missing here. */
  readonly says: string
  /** `left out`: this machine has not what it takes, or it is a command of its own. */
  readonly verdict: 'right' | 'WRONG' | 'left out'
}

export type FullDemo = {
  readonly parts: LocalParts
  readonly system: OrderSystem
  readonly api: SagaApi
  readonly cli: Cli
  /** The orders of the first part. */
  readonly runs: readonly OrderRun[]
  /** A new database, dropped with the demo. */
  readonly createDatabase: (name: string) => Promise<string>
  readonly clock: Clock
  readonly signal: AbortSignal
  /** What a person may like to see on the way. */
  readonly say: (line: string) => void
}

/** Right when there are no problems; each is null or a sentence. */
export function judged(says: string, problems: readonly (string | null)[]): Shown {
  const found = problems.filter((problem) => problem !== null)
  return found.length === 0
    ? { says, verdict: 'right' }
    : { says: found.join('; '), verdict: 'WRONG' }
}

export function leftOut(says: string): Shown {
  return { says, verdict: 'left out' }
}
