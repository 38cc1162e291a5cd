// Defaults and arithmetic of retries.
import type { RetryPolicy } from './saga-definition.ts'
import type { RetryOptions } from './step-options.ts'

const defaults: RetryPolicy = {
  attempts: 3,
  timeoutMs: 30_000,
  firstDelayMs: 500,
  factor: 2,
  delayMsMax: 60_000,
  jitter: 0.5,
  deadlineMs: null,
}

/** Where the saga can only go on, it tries longer before it is stuck. */
const onwardAttempts = 10

/** Later ones win; what none of them says comes from the defaults. */
export function retryPolicy(
  onward: boolean,
  ...options: readonly (RetryOptions | undefined)[]
): RetryPolicy {
  const chosen: RetryOptions = Object.assign({}, ...options)
  return {
    attempts: chosen.attempts ?? (onward ? onwardAttempts : defaults.attempts),
    timeoutMs: chosen.timeoutMs ?? defaults.timeoutMs,
    firstDelayMs: chosen.firstDelayMs ?? defaults.firstDelayMs,
    factor: chosen.factor ?? defaults.factor,
    delayMsMax: chosen.delayMsMax ?? defaults.delayMsMax,
    jitter: chosen.jitter ?? defaults.jitter,
    deadlineMs: chosen.deadlineMs ?? defaults.deadlineMs,
  }
}

/**
 * The pause after the given sending failed. Its jitter is spread by the message's id, so that
 * many sagas do not come back at once and a replay still gives the same times.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, messageId: string): number {
  const growth = Math.min(policy.factor ** (attempt - 1), Number.MAX_VALUE)
  const delay = Math.min(policy.delayMsMax, policy.firstDelayMs * growth)
  return Math.round(delay * (1 - policy.jitter * (1 - spread(`${messageId}#${attempt}`))))
}

/** A number in [0, 1) that only depends on the text (FNV-1a). */
function spread(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return (hash >>> 0) / 2 ** 32
}
