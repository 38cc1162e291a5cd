// Rules of a saga as a whole that the compiler holds: what can be undone, names, and what is asked for
// before it was there. The compiler is the test: each expected error that is none fails it.
import { Type } from 'typebox'
import { expectTypeOf, it } from 'vitest'
import { defineCommand } from '../../messaging/contract.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import { testSaga } from '../../testing/index.ts'
import {
  Amount,
  type cancelOrder,
  charge,
  createOrder,
  lasting,
  undoable,
} from '../engine/sample-contracts.ts'

const saga = { name: 'saga', version: 1, input: Amount } as const
const [a, b] = [undoable('a'), lasting('b')]
const paid = defineSignal({ name: 'paid', data: Type.Object({ sum: Type.Number() }) })
const never = (_: () => unknown): void => undefined

const lone = defineCommand({ name: 'x.lone', topic: 'x.commands', payload: Amount })
const final = defineSaga({
  ...saga,
  name: 'final',
  steps: [{ name: 'pay', kind: 'pivot', send: lone }],
})

it('a step that can be undone needs an undo', () => {
  never(() =>
    defineSaga({
      ...saga,
      // @ts-expect-error step pay is compensatable, but x.lone names no undo
      steps: [{ name: 'pay', send: lone }],
    }),
  )
  defineSaga({ ...saga, steps: [{ name: 'pay', kind: 'pivot', send: lone }] })
  defineSaga({ ...saga, steps: [{ name: 'create', send: createOrder }] })
})

it('a child saga that can be undone has no point of no return', () => {
  never(() =>
    defineSaga({
      ...saga,
      // @ts-expect-error child saga trip is compensatable, but final has a point of no return
      steps: [{ name: 'trip', saga: final }],
    }),
  )
  defineSaga({ ...saga, steps: [{ name: 'trip', kind: 'pivot', saga: final }] })
})

it('no two steps have one name, wherever they stand', () => {
  never(() =>
    defineSaga({
      ...saga,
      // @ts-expect-error two steps are named create
      steps: [
        { name: 'create', send: createOrder },
        { name: 'create', send: createOrder },
      ],
    }),
  )
  never(() =>
    defineSaga({
      ...saga,
      // @ts-expect-error two steps are named create
      steps: [
        { name: 'create', send: createOrder },
        { name: 'both', parallel: { x: [{ name: 'create', send: createOrder }] } },
      ],
    }),
  )
})

it('only what came before can be asked for', () => {
  never(() =>
    defineSaga({
      ...saga,
      steps: [
        {
          name: 'charge',
          send: charge,
          // @ts-expect-error the order is created later
          with: ({ input, reply }) => ({ ...input, ...reply(createOrder) }),
        },
        { name: 'create', send: createOrder },
      ],
    }),
  )
  never(() =>
    defineSaga({
      ...saga,
      steps: [
        { name: 'create', send: createOrder },
        {
          name: 'route',
          choose: [
            // @ts-expect-error nothing before waits for paid
            { when: ({ signal }) => signal(paid) !== null, steps: [{ name: 'a', send: a }] },
          ],
        },
      ],
    }),
  )
  defineSaga({
    ...saga,
    steps: [
      { name: 'paying', waitFor: paid },
      {
        name: 'route',
        choose: [
          { when: ({ signal }) => (signal(paid)?.sum ?? 0) > 1, steps: [{ name: 'a', send: a }] },
        ],
      },
    ],
  })
})

const order = defineSaga({
  ...saga,
  name: 'order',
  output: ({ reply }) => reply(createOrder).orderId,
  steps: [
    { name: 'create', send: createOrder },
    { name: 'paying', waitFor: paid },
    { name: 'b', kind: 'pivot', send: b },
  ],
})

it('a saga under test is told what its contracts and signals say', () => {
  const test = () => testSaga(order, { amount: 1 })
  expectTypeOf(test).returns.toHaveProperty('output').toEqualTypeOf<string | null>()
  never(() => {
    // @ts-expect-error the amount is a number
    testSaga(order, { amount: 'much' })
    const saga = test()
    saga.succeed('create', { orderId: 'o1' })
    saga.signal('paid', { sum: 5 })
    saga.succeed('b')
    // @ts-expect-error there is no such step
    saga.succeed('creat')
    // @ts-expect-error the reply has an orderId
    saga.succeed('create', { order: 1 })
    // @ts-expect-error there is no such signal
    saga.signal('payed', { sum: 5 })
    // @ts-expect-error the sum is a number
    saga.signal('paid', { sum: 'five' })
  })
})

it('a contract knows its undo', () => {
  type Undo = NonNullable<(typeof createOrder)['types']>['undo']
  expectTypeOf<Undo>().toEqualTypeOf<typeof cancelOrder>()
  expectTypeOf<NonNullable<(typeof lone)['types']>['undo']>().toEqualTypeOf<null>()
})

it('what a migration puts in place of a context is what this version has', () => {
  defineSaga({
    ...saga,
    version: 2,
    migrate: { 1: ({ value, context }) => ({ value, context }) },
    steps: [{ name: 'create', send: createOrder }],
  })
  defineSaga({
    ...saga,
    version: 2,
    migrate: {
      1: ({ value }) => ({ value, context: { input: { amount: 1 }, replies: {} } }),
    },
    steps: [{ name: 'create', send: createOrder }],
  })
  defineSaga({
    ...saga,
    version: 2,
    migrate: {
      // @ts-expect-error the amount is a number
      1: ({ value }) => ({ value, context: { input: { amount: 'much' }, replies: {} } }),
    },
    steps: [{ name: 'create', send: createOrder }],
  })
})
