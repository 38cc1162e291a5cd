// Random shapes of sagas: every kind of item, inside one another.
import fc from 'fast-check'
import type { Limits, SagaShape, Shape } from './shape.ts'

const limits: fc.Arbitrary<Limits> = fc.record({
  attempts: fc.integer({ min: 1, max: 3 }),
  undoAttempts: fc.integer({ min: 1, max: 3 }),
  timeoutMs: fc.integer({ min: 1, max: 300 }),
  firstDelayMs: fc.integer({ min: 0, max: 300 }),
  deadlineMs: fc.option(fc.integer({ min: 1, max: 500 }), { freq: 5 }),
})

const step = fc.record({ type: fc.constant('step' as const), limits })
const each = fc.record({
  type: fc.constant('each' as const),
  items: fc.integer({ min: 0, max: 4 }),
  atMost: fc.integer({ min: 1, max: 3 }),
})
const delay = fc.record({ type: fc.constant('delay' as const), delayMs: fc.nat({ max: 200 }) })
const waitFor = (onTimeout: readonly ('fail' | 'continue')[]) =>
  fc.record({
    type: fc.constant('wait' as const),
    timeoutMs: fc.integer({ min: 1, max: 500 }),
    onTimeout: fc.constantFrom(...onTimeout),
  })
const approval = fc.record({
  type: fc.constant('approval' as const),
  deadlineMs: fc.integer({ min: 20, max: 500 }),
})

/** `mayFail`: before the pivot, where a wait may turn the saga back. */
function items(depth: number, mayFail: boolean, isLooped: boolean): fc.Arbitrary<readonly Shape[]> {
  const isWhole = depth > 1
  const limits = { minLength: isWhole ? 0 : 1, maxLength: isWhole ? 3 : 2 }
  return fc.array(item(depth, mayFail, isLooped), limits)
}

function item(depth: number, mayFail: boolean, isLooped: boolean): fc.Arbitrary<Shape> {
  const waits: fc.Arbitrary<Shape> = mayFail
    ? fc.oneof(waitFor(['fail', 'continue']), approval)
    : waitFor(['continue'])
  const flat = [
    { weight: 6, arbitrary: step },
    // In a loop, visits would say less than the check of the order needs: they count the rounds.
    ...(isLooped ? [] : [{ weight: 1, arbitrary: each }]),
    { weight: 1, arbitrary: delay },
    { weight: 1, arbitrary: waits },
  ]
  if (depth === 0) return fc.oneof(...flat)
  const inner = items(depth - 1, mayFail, isLooped)
  const branches = fc.array(inner, { minLength: 2, maxLength: 3 })
  const nested = [
    { weight: 2, arbitrary: fc.record({ type: fc.constant('parallel' as const), branches }) },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant('choose' as const),
        isTrue: fc.boolean(),
        branches,
      }),
    },
  ]
  const loop = {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('repeat' as const),
      times: fc.integer({ min: 1, max: 4 }),
      steps: items(depth - 1, mayFail, true),
    }),
  }
  return fc.oneof(...flat, ...nested, ...(isLooped || !mayFail ? [] : [loop]))
}

export const sagaShapes: fc.Arbitrary<SagaShape> = fc
  .record({
    before: items(2, true, false),
    hasPivot: fc.boolean(),
    after: fc.oneof(fc.constant([]), items(1, false, false)),
    deadlineMs: fc.option(fc.integer({ min: 1, max: 2_000 }), { freq: 4 }),
  })
  .filter(({ before, hasPivot, after }) => before.length + after.length > 0 || hasPivot)
