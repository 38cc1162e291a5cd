// What likely helps a stuck saga. Pure.

/** After the name of the step: as the engine says it, or a participant whose handler failed. */
const technical = /^[^:]*: (timeout$|HANDLER_FAILED\b|[A-Z]+_UNAVAILABLE\b)/

/** By what is known of the trouble: a hint, no promise. */
export function suggestion(error: string | null): string {
  if (error === null) return 'Open one of them to see what waits.'
  if (technical.test(error)) return 'A technical error: mend the service, then retry.'
  return 'A refusal: settle it by hand, then skip the step as done; or mend its cause, and retry.'
}
