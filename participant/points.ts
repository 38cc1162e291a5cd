// The moments at which a crash matters, by name. Tests pass `onPoint` to die at one of them;
// production passes nothing.

/** In the order in which a command passes them. */
export const participantPoints = [
  'participant.before-commit',
  'participant.after-commit-before-reply',
  'participant.after-reply-before-offset',
] as const

export type ParticipantPoint = (typeof participantPoints)[number]

/** A throw stands for a crash: what was not durable at that moment is delivered again. */
export type OnPoint = (point: ParticipantPoint) => void | Promise<void>

export const noPoints: OnPoint = () => undefined
