// A simulation that did not meet what it is there for has shown nothing, and says so.
import { describe, expect, it } from 'vitest'
import { requiredHazards, sagasThatCount, Tally } from './tally.ts'
import { faultKinds } from './world/fault-rates.ts'

/** As after runs in which everything was met but some. */
function tallyWithout({ sagas, but }: { sagas: number; but: readonly string[] }): Tally {
  const tally = new Tally()
  const hazards = requiredHazards.filter((hazard) => !but.includes(hazard))
  const kinds = faultKinds.filter((kind) => !but.includes(kind))
  tally.add({
    ...{ seed: 1, sagas, breaches: [], steps: 1, virtualMs: 1, lines: [] },
    faults: kinds.map((kind) => ({ key: `${kind}:1`, kind, atMs: 0, detail: '' })),
    hazards: new Map(hazards.map((hazard) => [hazard, 1])),
  })
  return tally
}

describe('what should have been met', () => {
  it('is missing by its name: a fault that was planned, and a hazard', () => {
    const but = ['clock.jump', 'crash at participant.after-commit-before-reply', 'duplicate reply']
    expect(tallyWithout({ sagas: sagasThatCount, but }).missing()).toEqual([
      'a fault that was planned never happened: clock.jump',
      'a fault that was planned never happened: crash at participant.after-commit-before-reply',
      'a hazard was never met: duplicate reply',
    ])
    expect(tallyWithout({ sagas: sagasThatCount, but: [] }).missing()).toEqual([])
  })

  it('is not asked for where there were too few sagas to tell', () => {
    expect(tallyWithout({ sagas: sagasThatCount - 1, but: ['clock.jump'] }).missing()).toBeNull()
  })
})
