// How long a saga may take when everything goes as badly as its limits allow: for people who set
// limits. Every step once, one after the other; waits for signals and timers are not in it.
import type { RetryPolicy, SagaDefinition } from './saga-definition.ts'

export type WorstCase = {
  readonly steps: readonly {
    readonly name: string
    readonly doMs: number
    /** Null where there is nothing to undo. */
    readonly undoMs: number | null
  }[]
  /** Forward through every step, cut at the deadline of the saga. */
  readonly forwardMs: number
  /** Back through every undo. */
  readonly backMs: number
}

export function worstCase({ steps, deadlineMs }: SagaDefinition): WorstCase {
  const each = [...steps.values()].map(({ name, command, retry, undoRetry }) => ({
    name,
    doMs: longestMs(retry),
    undoMs: command.undo === null ? null : longestMs(undoRetry),
  }))
  const forwardMs = each.reduce((sum, { doMs }) => sum + doMs, 0)
  const backMs = each.reduce((sum, { undoMs }) => sum + (undoMs ?? 0), 0)
  return { steps: each, forwardMs: Math.min(forwardMs, deadlineMs ?? Infinity), backMs }
}

/** Every attempt times out, and every pause between two of them has its full length. */
export function longestMs(policy: RetryPolicy): number {
  const { attempts, timeoutMs, firstDelayMs, factor, delayMsMax, deadlineMs } = policy
  let total = attempts * timeoutMs
  for (let failed = 1; failed < attempts; failed++) {
    total += Math.min(delayMsMax, firstDelayMs * factor ** (failed - 1))
  }
  return Math.min(Math.round(total), deadlineMs ?? Infinity)
}
