// What may happen around a saga: participants, the network, time, people. A run is a list of these,
// and `happens.ts` makes them happen.
import fc from 'fast-check'
import type { Verb } from '../../orchestrator/engine/event.ts'
import type { Behaviour } from '../engine/fence-world.ts'

export type Happening =
  | { readonly type: 'handle'; readonly pick: number; readonly behaviour: Behaviour }
  | { readonly type: 'deliver' | 'malform' | 'foreign'; readonly pick: number }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'wake' | 'wake-early' }
  | { readonly type: 'operate'; readonly verb: Verb; readonly effect: 'done' | 'none' }
  /** Something that has happened comes once more. */
  | { readonly type: 'repeat'; readonly pick: number }
  /** What only some sagas know: locks, a parent, another version, a mend. */
  | { readonly type: 'special'; readonly pick: number }
  | { readonly type: 'signal'; readonly pick: number; readonly isYes: boolean }

/** Picks count from the newest: most of what happens concerns what is under way. */
const picks = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat() })
const behaviours = fc.oneof(
  { weight: 8, arbitrary: fc.constant('succeeded' as const) },
  { weight: 1, arbitrary: fc.constant('refused' as const) },
  { weight: 2, arbitrary: fc.constant('failed' as const) },
)
const verbs = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('retry' as const, 'skip' as const) },
  { weight: 3, arbitrary: fc.constantFrom('pause' as const, 'resume' as const) },
  { weight: 1, arbitrary: fc.constantFrom('cancel' as const, 'abandon' as const) },
  { weight: 1, arbitrary: fc.constant('terminate' as const) },
)

export const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant('handle'), pick: picks, behaviour: behaviours }),
  },
  { weight: 9, arbitrary: fc.record({ type: fc.constant('deliver'), pick: picks }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('malform', 'foreign'), pick: picks }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.nat({ max: 500 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wake') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('operate'),
      verb: verbs,
      effect: fc.constantFrom('done', 'none'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('repeat'), pick: picks }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('special'), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wake-early') }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('signal'), pick: fc.nat(), isYes: fc.boolean() }),
  },
)
