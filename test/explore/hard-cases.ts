// What an exploration must have met to have shown anything: every kind of saga, what can happen to
// it, and how it can end.
import type { Exploration } from './explore.ts'

const shapes = [
  ...['list', 'step', 'parallel', 'each', 'choose', 'repeat', 'wait', 'approval', 'delay'],
  ...['child step', 'each in a loop', 'parallel in a loop', 'child step in a loop'],
  ...['wait in a loop', 'approval in a loop', 'delay in a loop', 'choose in a loop'],
  ...['chart', 'chart ask', 'chart rest', 'chart regions', 'chart loop', 'chart after'],
  ...['chart signal', 'chart child step', 'chart unhandled error', 'several pivots'],
  ...['deadline', 'later', 'locks', 'child of another saga', 'throws'],
  ...['migration fits', 'migration maps', 'do always refused', 'do always failed'],
  ...['undo always refused', 'undo always failed'],
]

const happened = [
  ...['locked', 'locked out of place', 'woken early', 'mended', 'start refused'],
  ...['signalled twice', 'operated twice', 'migrated twice', 'migration ok'],
  ...['migration impossible', 'revoked while running', 'revoked while compensating'],
  ...['revoked while stuck', 'revoked while paused', 'revoked while scheduled'],
  ...['revoked while waiting', 'revoked while completed', 'revoked while compensated'],
  ...['revoked while terminated'],
]

const stuck = [
  ...['do refused', 'do failed', 'do timeout', 'do definition', 'undo refused', 'undo failed'],
  ...['undo timeout', 'no step definition'],
]

const facts = [
  ...['saga.retried', 'saga.cancelled', 'saga.overdue', 'saga.flagged', 'saga.revoked'],
  ...['saga.scheduled', 'saga.waiting', 'saga.migrated', 'saga.resumed', 'step.skipped'],
  ...['undo.skipped', 'step.refused', 'step.unknown', 'step.failed', 'step.timed-out'],
  ...['undo.failed', 'undo.refused', 'undo.timed-out', 'timer.fired', 'approval.escalated'],
  ...['signal.kept', 'signal.delivered', 'signal.dropped', 'event.held'],
  ...['reply.late', 'reply.duplicate', 'reply.foreign', 'reply.malformed'],
]

const hardCases: readonly string[] = [
  ...['completed', 'compensated', 'abandoned', 'terminated', 'stuck', 'paused', 'waiting'],
  ...shapes.map((shape) => `shape ${shape}`),
  ...happened.map((what) => `happened ${what}`),
  ...stuck.map((where) => `stuck in the end: ${where}`),
  ...facts,
]

/** Those that fewer runs than that met. */
export function rareCases({ seen }: Exploration, least: number): readonly string[] {
  return hardCases
    .filter((thing) => (seen.get(thing) ?? 0) < least)
    .map((thing) => `${thing}: ${seen.get(thing) ?? 0}`)
}
