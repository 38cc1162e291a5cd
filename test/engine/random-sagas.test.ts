// Random definitions meet random participants and networks. Whatever happens, a saga ends
// completed or compensated, and the participants' fences show exactly that.
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type { StepKind } from '../../orchestrator/definition/step-options.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import { isEnded } from '../../orchestrator/engine/saga.ts'
import type { Behaviour } from './fence-world.ts'
import { SagaRun } from './saga-run.ts'
import { Amount, lasting, undoable } from './sample-contracts.ts'

/** Some of them look like other parts of ids, or like members of every object. */
const names = ['do', 'undo', 'constructor', 'a', 'a-1', 'toString', 'b'] as const
const undoables = new Map(names.map((name) => [name, undoable(name)]))
const lastings = new Map(names.map((name) => [name, lasting(name)]))

type Shape = {
  readonly compensatables: number
  readonly pivots: number
  readonly retriables: number
  readonly attempts: number
  readonly undoAttempts: number
  readonly timeoutMs: number
  readonly firstDelayMs: number
}

const shapes: fc.Arbitrary<Shape> = fc
  .record({
    compensatables: fc.integer({ min: 0, max: 4 }),
    pivots: fc.integer({ min: 0, max: 1 }),
    retriables: fc.integer({ min: 0, max: 2 }),
    attempts: fc.integer({ min: 1, max: 3 }),
    undoAttempts: fc.integer({ min: 1, max: 3 }),
    timeoutMs: fc.integer({ min: 1, max: 500 }),
    firstDelayMs: fc.integer({ min: 0, max: 500 }),
  })
  .filter(({ compensatables, pivots, retriables }) => compensatables + pivots + retriables > 0)

function definitionOf(shape: Shape) {
  const kinds: readonly StepKind[] = [
    ...Array<StepKind>(shape.compensatables).fill('compensatable'),
    ...Array<StepKind>(shape.pivots).fill('pivot'),
    ...Array<StepKind>(shape.retriables).fill('retriable'),
  ]
  const { attempts, timeoutMs, firstDelayMs, undoAttempts } = shape
  const steps = names.slice(0, kinds.length).map((name, index) => ({
    name,
    kind: kinds[index] ?? 'compensatable',
    send: (kinds[index] === 'compensatable' ? undoables : lastings).get(name) ?? lasting(name),
    undo: { attempts: undoAttempts },
  }))
  const retry = { attempts, timeoutMs, firstDelayMs }
  return defineSaga({ name: 'random', version: 1, input: Amount, retry, steps })
}

type Happening =
  | { readonly type: 'handle'; readonly pick: number; readonly behaviour: Behaviour }
  | { readonly type: 'deliver' | 'malform' | 'foreign'; readonly pick: number }
  | { readonly type: 'wait'; readonly ms: number }
  | { readonly type: 'wake' | 'retry' }

/** Picks count from the newest: most of what happens concerns what is under way. */
const picks = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat() })
const behaviours = fc.oneof(
  { weight: 6, arbitrary: fc.constant('succeeded' as const) },
  { weight: 2, arbitrary: fc.constant('refused' as const) },
  { weight: 3, arbitrary: fc.constant('failed' as const) },
)

const happenings: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ type: fc.constant('handle'), pick: picks, behaviour: behaviours }),
  },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('deliver'), pick: picks }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constantFrom('malform', 'foreign'), pick: picks }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('wait'), ms: fc.nat({ max: 2_000 }) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wake') }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('retry') }) },
)

let requests = 0
const retried = (): SagaEvent => ({
  type: 'operated',
  verb: 'retry',
  requestId: `r${requests++}`,
  actor: 'ann',
  reason: 'again',
})

function newest<T>(items: readonly T[], pick: number): T | undefined {
  return items[items.length - 1 - (pick % items.length)]
}

function happen(run: SagaRun, what: Happening): void {
  switch (what.type) {
    case 'handle': {
      const command = newest(run.world.sent, what.pick)
      if (command) run.world.handle(command, what.behaviour)
      return
    }
    case 'deliver': {
      const reply = newest(run.world.replies, what.pick)
      if (reply) run.apply(reply)
      return
    }
    case 'malform':
    case 'foreign': {
      const command = newest(run.world.sent, what.pick)
      if (!command) return
      const { id, attempt } = command
      const commandId = what.type === 'foreign' ? (`${id}0` as typeof id) : id
      run.apply({ type: 'replied', commandId, outcome: 'succeeded', attempt, data: 'nonsense' })
      return
    }
    case 'wait':
      run.now += what.ms
      return
    case 'wake':
      run.now = Math.max(run.now, run.wakeAt ?? 0)
      run.apply({ type: 'woken' })
      return
    case 'retry':
      run.apply(retried())
  }
}

/** From here on participants answer and a person looks after what is stuck. */
function settle(run: SagaRun): void {
  for (let round = 0; round < 100 && !isEnded(run.saga); round++) {
    if (run.saga.status === 'stuck') run.apply(retried())
    const command = run.world.sent.at(-1)
    if (command) run.apply(run.world.handle(command, 'succeeded'))
    if (!isEnded(run.saga)) happen(run, { type: 'wake' })
  }
}

function checkEnd(run: SagaRun): void {
  const { saga, world, definition } = run
  expect(isEnded(saga), `it is ${saga.status} in the end`).toBe(true)
  for (const command of [...world.sent]) world.handle(command, 'succeeded')
  const done = [...world.fence].filter(([, state]) => state === 'done').map(([key]) => key)
  const undos = world.sent.filter(({ direction }) => direction === 'undo')
  const undone = [...new Set(undos.map(({ step, visit }) => `${step}/${visit}`))]
  if (saga.status === 'completed') {
    expect(done.map((key) => key.split('/')[0]).sort()).toEqual([...definition.steps.keys()].sort())
    expect(undone).toEqual([])
    return
  }
  expect(done).toEqual([])
  const toUndo = saga.steps.filter(({ outcome }) => outcome === 'done' || outcome === 'unknown')
  expect(undone).toEqual(toUndo.map(({ name, visit }) => `${name}/${visit}`).reverse())
  expect(saga.steps.every(({ undo }, i) => (undo === 'done') === toUndo.includes(at(i)))).toBe(true)
  function at(index: number) {
    return saga.steps[index] as (typeof toUndo)[number]
  }
}

const seen = new Map<string, number>()

it('a saga ends completed or compensated, and its participants agree', () => {
  const runs = fc.property(
    shapes,
    fc.array(happenings, { maxLength: 50, size: 'max' }),
    (shape, events) => {
      const run = new SagaRun(definitionOf(shape))
      for (const event of events) happen(run, event)
      settle(run)
      checkEnd(run)
      expect(run.replayed()).toEqual(run.saga)
      for (const thing of run.seen) seen.set(thing, (seen.get(thing) ?? 0) + 1)
    },
  )
  fc.assert(runs, { numRuns: 2_000 })
}, 60_000)

/** A search that never met the hard cases has shown nothing. */
const hard = [
  ...['completed', 'compensated', 'stuck', 'saga.retried', 'step.refused', 'step.unknown'],
  ...['undo.failed', 'undo.refused', 'undo.timed-out', 'step.timed-out', 'step.failed'],
  ...['reply.late', 'reply.duplicate', 'reply.foreign', 'reply.malformed'],
]

afterAll(() => {
  const rare = hard.filter((thing) => (seen.get(thing) ?? 0) < 5)
  expect(rare, 'hard cases met in fewer than 5 of the runs').toEqual([])
})
