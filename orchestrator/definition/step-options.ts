// The limits of a step, and what its kind means.

/**
 * - `compensatable`: its command names an undo, which is sent when the saga cannot go on.
 * - `pivot`: the point of no return; once it is done, the saga only goes forward.
 * - `retriable`: comes after the pivot, cannot be refused, is sent until it is done.
 */
export type StepKind = 'compensatable' | 'pivot' | 'retriable'

/** Every limit of one direction of a step; what is left out comes from the saga, then the default. */
export type RetryOptions = {
  /** How often the command is sent before its outcome counts as unknown. Default 3, or 10 where
   * the saga can only go on (undo, pivot, retriable); there the saga is stuck after the last one.
   * An undo does not take this one from the saga. A child saga is started once. */
  readonly attempts?: number
  /** How long one sending may take to be answered, in ms. Default 30,000; 30 days for a child
   * saga, which takes neither this nor `attempts` from the saga. */
  readonly timeoutMs?: number
  /** Pause before a resend after a technical failure, in ms: first, growth and cap. */
  readonly firstDelayMs?: number
  readonly factor?: number
  readonly delayMsMax?: number
  /** The part of that pause that is spread, 0 to 1, so that many sagas do not come back at once.
   * Default 0.5. */
  readonly jitter?: number
  /** For all attempts together, in ms from the first one; then it is as if all were used up.
   * Without it only the attempts count. */
  readonly deadlineMs?: number
}
