// Every run of a random saga ends as promised, whatever happens on the way.
import { describe, expect, it } from 'vitest'
import { explore } from './explore.ts'

const runs = 20_000

/** A search that never met the hard cases has shown nothing. */
const hard = [
  ...['completed', 'compensated', 'stuck', 'paused', 'abandoned', 'terminated'],
  ...['saga.retried', 'saga.cancelled', 'saga.overdue', 'saga.flagged', 'step.skipped'],
  ...['undo.skipped', 'step.refused', 'step.unknown', 'step.failed', 'step.timed-out'],
  ...['undo.failed', 'undo.refused', 'undo.timed-out', 'timer.fired', 'approval.escalated'],
  ...['signal.kept', 'signal.delivered', 'signal.dropped', 'event.held'],
  ...['reply.late', 'reply.duplicate', 'reply.foreign', 'reply.malformed'],
]

describe('random sagas', () => {
  it('end as promised', () => {
    const seed = Math.floor(performance.timeOrigin + performance.now())
    console.info(`explored with: npm run explore -- --runs ${runs} --seed ${seed}`)
    const { failure, seen } = explore({ runs, seed })
    expect(failure).toBeNull()
    const rare = hard.filter((thing) => (seen.get(thing) ?? 0) < 5)
    expect(rare, 'hard cases met in fewer than 5 of the runs').toEqual([])
  }, 600_000)
})
