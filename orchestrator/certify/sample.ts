// What the kit knows of one command that a participant takes: payloads to send, and how it may be
// answered. Made from contracts or from a file of examples; the checks take it as it is.

export type Sample = {
  /** `payments.take-payment`: the type of the command. */
  readonly name: string
  /** The name of its undo; null where it has none. */
  readonly undo: string | null
  /** Is carried out. */
  readonly payload: unknown
  /** Fits as well, and is another; undefined where there is none. */
  readonly other: unknown
  /** Is refused for good; undefined where nobody said one. */
  readonly refused: unknown
  /** Does not fit. */
  readonly misfit: unknown
  /** Why what the message with this id answered as succeeded does not fit, or null. */
  readonly replyProblem: (reply: unknown, id: string) => string | null
  /** The payload as it stands in the command with this id: sensitive fields encrypted. */
  readonly sealed: (payload: unknown, id: string) => unknown
}
