// The vocabulary of faults that a service can be made to have on purpose, in tests, in demos and by
// the switch of a running service. The same words everywhere.
import type { CommandContract, RefusalOf } from '../messaging/contract.ts'

/** What happens to a command in place of, or beside, what its handler would do. */
export type InjectedFault<Reason = unknown> =
  /** It is refused for this reason, and its handler does not run. Final, as every refusal. */
  | { readonly kind: 'decline'; readonly reason: Reason }
  /** Its handler throws at each try, so that it is answered `failed` when the tries are used up. */
  | { readonly kind: 'throw'; readonly message?: string }
  /** Nothing is done and nobody answers: the saga waits until the step's timeout. */
  | { readonly kind: 'time-out' }
  /** It is delivered a second time. */
  | { readonly kind: 'duplicate' }
  /** It is carried out so much later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The process dies when its work is done and nothing of it is committed. */
  | { readonly kind: 'crash-before-commit' }
  /** The process dies when all is committed and nothing is answered. */
  | { readonly kind: 'crash-after-commit' }

/** The faults that a command of this contract may have. */
export type FaultOf<C extends CommandContract> = InjectedFault<RefusalOf<C>>

export type FaultScope = {
  /** How many commands have it; each delivery counts. Default 1. */
  readonly times?: number
  /** Only commands of the step of this name. */
  readonly step?: string
}

/** A fault as it stands: what is left of it, and how often it happened. */
export type PlannedFault = {
  readonly command: string
  readonly step: string | null
  readonly fault: InjectedFault
  /** Commands that will still have it. */
  readonly left: number
  /** Commands that had it. */
  readonly hits: number
}

export const faultKinds = [
  'decline',
  'throw',
  'time-out',
  'duplicate',
  'delay',
  'crash-before-commit',
  'crash-after-commit',
] as const satisfies readonly InjectedFault['kind'][]
