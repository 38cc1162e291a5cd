// The named places where a crash could matter: between two things that last (a commit, a record in
// Kafka), so that the first is there and the second is not. A test kills the process at each of
// them; in production nothing is done there.

import { letterPoints } from '../messaging/dead-letter-replays.ts'

export const orchestratorPoints = [
  // Starts, over REST and Kafka.
  'start.before-commit',
  'start.after-commit-before-publish',
  'start.after-publish',
  'start.after-hold-before-offset',
  // The committing loop of replies, timers, signals and operators.
  'advance.before-commit',
  'advance.after-commit-before-publish',
  'advance.before-waiters-told',
  'advance.before-next-woken',
  'advance.after-publish-before-offset',
  'timer.after-commit-before-publish',
  // Lifecycle events, and the rows of `publish_batches`.
  'events.before-publish',
  'events.after-publish',
  'batch.before-delete',
  'batch.after-delete',
  'batch.before-set-aside',
  'batch.after-set-aside',
  // Recovery.
  'recovery.after-claim-before-publish',
  'recovery.after-publish',
  'recovery.after-claim-before-events',
  // What is set aside for another instance, or for a person.
  'held.after-hold-before-offset',
  'held.after-publish-before-release',
  'held-start.after-publish-before-release',
  'dead-letter.after-park-before-offset',
  // Signals, verbs and migrations, before whoever asked is answered.
  'signal.before-retry',
  'signal.after-commit-before-answer',
  'verb.after-entry',
  'verb.after-commit-before-answer',
  'migration.after-commit-before-answer',
  // Verbs for many sagas.
  'bulk.after-verbs-before-settle',
  // Child sagas.
  'child.before-block',
  'child.after-answer-before-offset',
  // Requests that wait on other instances.
  'waiters.before-notify',
  // Dead letters that are sent again.
  ...letterPoints,
] as const

export type OrchestratorPoint = (typeof orchestratorPoints)[number]

/** Told of each point as it is passed. May be asynchronous: the work waits for it. */
export type OnOrchestratorPoint = (point: OrchestratorPoint) => void | Promise<void>

export const noPoint: OnOrchestratorPoint = () => undefined
