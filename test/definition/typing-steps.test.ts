// Rules of steps that the compiler holds in nested lists as well, that the run time refuses by the
// same rule, and what is left to it. The compiler is the test: each expected error that is none
// fails it.
import { expect, expectTypeOf, it } from 'vitest'
import type { CommandContract, UndoOf } from '../../messaging/contract.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type { GivenItem } from '../../orchestrator/definition/given.ts'
import type { ShapeOf } from '../../orchestrator/definition/saga-definition.ts'
import type { StepKind } from '../../orchestrator/definition/step-options.ts'
import { Amount, createOrder, lasting, undoable } from '../engine/sample-contracts.ts'

const saga = { name: 'saga', version: 1, input: Amount } as const
const [a, pay] = [undoable('a'), lasting('pay')]
const child = defineSaga({ ...saga, name: 'child', steps: [{ name: 'a', send: a }] })
const final = defineSaga({
  ...saga,
  name: 'final',
  steps: [
    { name: 'a', send: a },
    { name: 'pay', send: pay, kind: 'pivot' },
  ],
})

function refused(define: () => unknown, problem: string): void {
  const failure = { code: 'DEFINITION_INVALID', message: expect.stringContaining(problem) }
  expect(define).toThrow(expect.objectContaining(failure))
}

it('a contract knows its name and whether it has an undo', () => {
  expectTypeOf(createOrder.name).toEqualTypeOf<'orders.create'>()
  expectTypeOf<UndoOf<typeof pay>>().toEqualTypeOf<null>()
  expectTypeOf<UndoOf<typeof createOrder>['name']>().toEqualTypeOf<'orders.cancel'>()
  expectTypeOf(createOrder).toExtend<CommandContract<{ amount: number }, { orderId: string }>>()
})

it('a compensatable step names an undo', () => {
  const problem = 'step pay is compensatable, but sample.do-pay names no undo'
  refused(
    () =>
      // @ts-expect-error step pay is compensatable, but its command names no undo
      defineSaga({ ...saga, steps: [{ name: 'pay', kind: 'compensatable', send: pay }] }),
    problem,
  )
  const list = [{ name: 'pay', send: pay, with: () => ({ amount: 5 }) }] as const
  refused(
    () =>
      // @ts-expect-error step pay is compensatable, but its command names no undo
      defineSaga({ ...saga, steps: [{ name: 'both', parallel: { x: list } }] }),
    problem,
  )
  const forEach = () => [5]
  refused(
    () =>
      defineSaga({
        ...saga,
        // @ts-expect-error step pay is compensatable, but its command names no undo
        steps: [{ name: 'pay', forEach, send: pay, with: amountOf }],
      }),
    problem,
  )
})

const amountOf = ({ item }: GivenItem<{ amount: number }, number>) => ({ amount: item })

it('a step whose undo or kind is only known while the program runs is left to it', () => {
  const contract: CommandContract<{ amount: number }> = pay
  refused(() => defineSaga({ ...saga, steps: [{ name: 'pay', send: contract }] }), 'names no undo')
  const kind = 'pivot' as StepKind
  defineSaga({ ...saga, steps: [{ name: 'pay', send: pay, kind }] })
  const step: { name: string; send: typeof pay; kind?: StepKind } = { name: 'pay', send: pay }
  refused(() => defineSaga({ ...saga, steps: [step] }), 'names no undo')
})

it('a compensatable child saga has no point of no return', () => {
  expectTypeOf<ShapeOf<typeof child>['isUndoable']>().toEqualTypeOf<true>()
  expectTypeOf<ShapeOf<typeof final>['isUndoable']>().toEqualTypeOf<false>()
  const problem = 'child saga trip is compensatable, but final has a point of no return'
  refused(
    () =>
      // @ts-expect-error child saga trip is compensatable, but final has a point of no return
      defineSaga({ ...saga, steps: [{ name: 'trip', saga: final }] }),
    problem,
  )
  defineSaga({ ...saga, steps: [{ name: 'trip', saga: child }] })
  defineSaga({ ...saga, steps: [{ name: 'trip', kind: 'pivot', saga: final }] })
})

it('no two items have one name, wherever they stand', () => {
  refused(
    () =>
      defineSaga({
        ...saga,
        // @ts-expect-error two steps are named a
        steps: [
          { name: 'a', send: a },
          { name: 'a', send: a },
        ],
      }),
    'two steps are named a',
  )
  refused(
    () =>
      defineSaga({
        ...saga,
        // @ts-expect-error two steps are named b
        steps: [
          {
            name: 'both',
            parallel: { x: [{ name: 'b', send: a }], y: [{ name: 'b', delayMs: 5 }] },
          },
        ],
      }),
    'two steps are named b',
  )
  refused(
    () =>
      defineSaga({
        ...saga,
        // @ts-expect-error two steps are named c
        steps: [
          { name: 'loop', repeat: [{ name: 'c', send: a }], until: () => true, timesMax: 2 },
          {
            name: 'way',
            choose: [{ steps: [{ name: 'c', send: a, with: () => ({ amount: 5 }) }] }],
          },
        ],
      }),
    'two steps are named c',
  )
  const named = (name: string) => ({ name, send: a }) as const
  defineSaga({ ...saga, steps: [named('a'), named('b')] })
  const numbered = (index: number) => ({ name: `a-${index}`, send: a }) as const
  defineSaga({ ...saga, steps: [numbered(1), numbered(2)] })
})

it('the replies that a migration puts in the place of a context are those of its steps', () => {
  const steps = [{ name: 'create', send: createOrder }] as const
  const next = { ...saga, version: 2, steps }
  defineSaga({
    ...next,
    migrate: {
      1: ({ value }) => ({
        value,
        context: { input: { amount: 7 }, replies: { create: { orderId: '1' } } },
      }),
    },
  })
  defineSaga({
    ...next,
    migrate: {
      1: ({ value }) => ({
        value,
        // @ts-expect-error the reply has an orderId
        context: { input: { amount: 7 }, replies: { create: { id: 7 } } },
      }),
    },
  })
})
