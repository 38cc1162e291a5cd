// Random statecharts: mostly on, sometimes back, away or to an end.
import fc from 'fast-check'
import type { AskShape, ChartShape, Exits, Goal, Limits, StateShape } from './shape.ts'

const goal: fc.Arbitrary<Goal> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ type: 'next' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'completed' as const }) },
  { weight: 1, arbitrary: fc.constant({ type: 'failed' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('state' as const), pick: fc.nat({ max: 4 }) }),
  },
)
const failure: fc.Arbitrary<Goal | null> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ type: 'failed' as const }) },
  { weight: 2, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: goal },
)
const after = fc.record({ ms: fc.integer({ min: 1, max: 300 }), goal })
const exits: fc.Arbitrary<Exits> = fc.record({
  after: fc.option(after, { freq: 3 }),
  signal: fc.option(goal, { freq: 3 }),
})
/** Mostly none: an answer shall lead on. */
const someExits = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ after: null, signal: null }) },
  { weight: 1, arbitrary: exits },
)
/** A state that only rests must be left somehow, also where there is no way back any more. */
const onward = goal.filter(({ type }) => type !== 'failed')
const restExits: fc.Arbitrary<Exits> = fc.oneof(
  fc.record({ after, signal: fc.option(onward) }),
  fc.record({ after: fc.constant(null), signal: onward }),
)

const kind = fc.oneof(
  { weight: 5, arbitrary: fc.constant('compensatable' as const) },
  { weight: 2, arbitrary: fc.constant('pivot' as const) },
  { weight: 1, arbitrary: fc.constant('retriable' as const) },
)

export function chartShapes(limits: fc.Arbitrary<Limits>): fc.Arbitrary<ChartShape> {
  const ask: fc.Arbitrary<AskShape> = fc.record({
    type: fc.constant('ask' as const),
    kind,
    isChild: fc.nat({ max: 5 }).map((one) => one === 5),
    limits,
    done: goal,
    error: failure,
    exits: someExits,
  })
  const region = fc.array(ask, { minLength: 1, maxLength: 2 })
  const state: fc.Arbitrary<StateShape> = fc.oneof(
    { weight: 5, arbitrary: ask },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant('regions' as const),
        regions: fc.array(region, { minLength: 2, maxLength: 3 }),
        done: goal,
        exits: someExits,
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('rest' as const), exits: restExits }) },
  )
  return fc.record({
    type: fc.constant('chart' as const),
    states: fc.array(state, { minLength: 1, maxLength: 5, size: 'max' }),
  })
}
