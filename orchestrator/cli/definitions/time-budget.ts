// How long the steps of a saga may take at the worst, each of them once and one after the other:
// all attempts, all timeouts, all pauses. Waits for signals and moments are not in it.
import type { RetryPolicy, SagaDefinition } from '../../definition/saga-definition.ts'

export type TimeBudget = {
  /** Until its steps are done, or it stands still for a person, in ms. */
  readonly forwardMs: number
  /** Until every step that has an undo is undone, in ms. */
  readonly backMs: number
}

export function timeBudget({ steps, deadlineMs }: SagaDefinition): TimeBudget {
  const all = [...steps.values()]
  const forwardMs = total(all.map(({ retry }) => worstMs(retry)))
  const undone = all.filter(({ command }) => command.undo !== null)
  return {
    forwardMs: Math.min(forwardMs, deadlineMs ?? Number.POSITIVE_INFINITY),
    backMs: total(undone.map(({ undoRetry }) => worstMs(undoRetry))),
  }
}

function total(parts: readonly number[]): number {
  return parts.reduce((sum, part) => sum + part, 0)
}

function worstMs(policy: RetryPolicy): number {
  const { attempts, timeoutMs, deadlineMs } = policy
  const sum = attempts * timeoutMs + pausesMs(policy, attempts - 1)
  return Math.min(sum, deadlineMs ?? Number.POSITIVE_INFINITY)
}

/** Jitter only makes pauses shorter. From the longest pause on all are alike. */
function pausesMs({ firstDelayMs, factor, delayMsMax }: RetryPolicy, count: number): number {
  let sum = 0
  let delay = firstDelayMs
  for (let at = 0; at < count; at += 1) {
    if (delay >= delayMsMax || factor === 1) return sum + (count - at) * Math.min(delay, delayMsMax)
    sum += delay
    delay *= factor
  }
  return sum
}
