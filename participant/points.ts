// The named places where a crash could matter: between two things that last (a commit, a record in
// Kafka), so that the first is there and the second is not. Tests pass `onPoint` to die at one of
// them; production passes nothing.
import { letterPoints } from '../messaging/dead-letter-replays.ts'
import { outboxPoints } from '../messaging/outbox-relay.ts'

/** Every place at which `onPoint` is called, of the commands' path first. */
export const participantPoints = [
  // In this order.
  'participant.before-commit',
  'participant.after-commit-before-reply',
  'participant.after-reply-before-offset',
  // Commands whose handler threw, and records that are none.
  'participant.before-retry',
  'participant.after-retry-before-reply',
  'participant.after-park-before-offset',
  // Effects outside of the database: that they are asked for is on record.
  'outside.before-call',
  'outside.after-call-before-commit',
  'fence-cleaner.after-delete',
  ...outboxPoints,
  ...letterPoints,
] as const

export type ParticipantPoint = (typeof participantPoints)[number]

/** A throw stands for a crash: what was not durable at that moment is delivered again. */
export type OnPoint = (point: ParticipantPoint) => void | Promise<void>

export const noPoints: OnPoint = () => undefined
