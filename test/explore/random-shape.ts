// Random shapes of sagas: every kind of item, inside one another, and statecharts.
import fc from 'fast-check'
import { chartShapes } from './random-chart.ts'
import type { Limits, ListShape, SagaShape, Shape } from './shape.ts'

const limits: fc.Arbitrary<Limits> = fc.record({
  attempts: fc.integer({ min: 1, max: 3 }),
  undoAttempts: fc.integer({ min: 1, max: 3 }),
  timeoutMs: fc.integer({ min: 1, max: 300 }),
  firstDelayMs: fc.integer({ min: 0, max: 300 }),
  deadlineMs: fc.option(fc.integer({ min: 1, max: 500 }), { freq: 5 }),
})

const step = fc.record({
  type: fc.constant('step' as const),
  limits,
  isChild: fc.nat({ max: 7 }).map((one) => one === 7),
})
const each = fc.record({
  type: fc.constant('each' as const),
  items: fc.integer({ min: 0, max: 4 }),
  atMost: fc.integer({ min: 1, max: 3 }),
})
const delay = fc.record({ type: fc.constant('delay' as const), delayMs: fc.nat({ max: 200 }) })
const waitFor = (onTimeout: readonly ('fail' | 'continue')[]) =>
  fc.record({
    type: fc.constant('wait' as const),
    timeoutMs: fc.option(fc.integer({ min: 1, max: 500 }), { freq: 7 }),
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
    { weight: 1, arbitrary: each },
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

export const listShapes: fc.Arbitrary<ListShape> = fc
  .record({
    type: fc.constant('list' as const),
    before: items(2, true, false),
    hasPivot: fc.boolean(),
    after: fc.oneof(fc.constant([]), items(1, false, false)),
  })
  .filter(({ before, hasPivot, after }) => before.length + after.length > 0 || hasPivot)

const doom = fc.record({
  pick: fc.nat({ max: 20 }),
  direction: fc.constantFrom('do' as const, 'undo' as const, 'undo' as const),
  behaviour: fc.constantFrom('refused' as const, 'failed' as const),
})

/** One of that many has something; it is left out when a run is made smaller. */
const rarely = <T>(what: fc.Arbitrary<T>, oneOf: number) =>
  fc.oneof({ weight: oneOf - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: what })
const oneOf = (count: number) => rarely(fc.constant(true), count).map((is) => is ?? false)

export const sagaShapes: fc.Arbitrary<SagaShape> = fc.record({
  body: fc.oneof(
    { weight: 5, arbitrary: listShapes },
    { weight: 3, arbitrary: chartShapes(limits) },
  ),
  deadlineMs: rarely(fc.integer({ min: 1, max: 2_000 }), 5),
  laterMs: rarely(fc.integer({ min: 1, max: 500 }), 10),
  lockTimeoutMs: rarely(fc.integer({ min: 1, max: 1_000 }), 6),
  isChild: oneOf(5),
  fault: rarely(fc.nat({ max: 20 }), 6),
  migration: rarely(fc.constantFrom('fits' as const, 'maps' as const), 6).map(
    (kind) => kind ?? ('none' as const),
  ),
  doomed: rarely(doom, 3),
  isTended: oneOf(2).map((isLeft) => !isLeft),
})
