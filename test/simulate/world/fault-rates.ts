// How often each kind of fault happens, each time that it could. A run has some kinds only, and
// more or less of them: most bugs show when few things go wrong at once.

import type { FaultRates } from '../faults.ts'
import { Random } from '../random.ts'

const usual: FaultRates = {
  'network.slow': 0.002,
  'publish.lost': 0.006,
  'publish.unconfirmed': 0.006,
  'publish.written-late': 0.004,
  'publish.in-part': 0.006,
  'publish.twice': 0.02,
  'offsets.lost': 0.05,
  'postgres.slow': 0.0005,
  'postgres.cut': 0.0008,
  'postgres.restart': 0.015,
  'commit.lost': 0.001,
  'commit.kept': 0.001,
  'commit.unknown': 0.002,
  'handler.slow': 0.004,
  'handler.throws': 0.02,
  'handler.throws-late': 0.01,
  'handler.refuses': 0.01,
  'undo.broken': 0.04,
  'undo.refuses': 0.08,
  kill: 0.03,
  'kill at a step': 0.00003,
  restart: 0.015,
  pause: 0.02,
  'clock.jump': 0.03,
  deploy: 0.02,
  rollback: 0.04,
  rebalance: 0.06,
  'records.repeated': 0.1,
  'records.poison': 0.02,
  'records.foreign': 0.02,
  'client.twice': 0.05,
  'crash at start.after-commit-before-publish': 0.004,
  'crash at start.after-publish': 0.004,
  'crash at advance.before-commit': 0.002,
  'crash at advance.after-commit-before-publish': 0.002,
  'crash at advance.after-publish-before-offset': 0.002,
  'crash at timer.after-commit-before-publish': 0.004,
  'crash at participant.before-commit': 0.002,
  'crash at participant.after-commit-before-reply': 0.002,
  'crash at participant.after-reply-before-offset': 0.002,
  'outside.slow': 0.02,
  'outside.lost': 0.04,
}

export const faultKinds: readonly string[] = Object.keys(usual)

const strengths = [0, 0, 0.3, 1, 3, 8]
/** One run in so many has no faults at all. */
const calmEvery = 16

export function ratesOf(seed: number): FaultRates {
  const random = new Random(seed, 'rates')
  if (random.below(calmEvery) === 0) return {}
  return Object.fromEntries(
    Object.entries(usual).map(([kind, rate]) => [kind, rate * random.pick(strengths)]),
  )
}
