// What must not compile in nested lists, waits and child sagas. The compiler is the test: each
// expected error that is none fails it. What is refused at run time as well is never called.
import { Type } from 'typebox'
import { expectTypeOf, it } from 'vitest'
import { setup } from 'xstate'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type { GivenItem } from '../../orchestrator/definition/given.ts'
import { sagaActor } from '../../orchestrator/definition/saga-actor.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import { Amount, charge, createOrder, undoable } from '../engine/sample-contracts.ts'

const saga = { name: 'saga', version: 1, input: Amount } as const
const a = undoable('a')
type Input = { amount: number }

const child = defineSaga({
  ...saga,
  name: 'child',
  output: ({ reply, input }) => ({ ...reply(createOrder), ...input }),
  steps: [{ name: 'create', send: createOrder }],
})
const paid = defineSignal({ name: 'paid', data: Type.Object({ sum: Type.Number() }) })
const never = (_: () => unknown): void => undefined

it('a definition knows what its saga takes and gives', () => {
  expectTypeOf(child).toExtend<SagaDefinition<Input, { orderId: string; amount: number }>>()
  expectTypeOf(child).toExtend<SagaDefinition>()
  expectTypeOf(child).not.toExtend<SagaDefinition<Input, { orderId: number }>>()
  expectTypeOf(child).not.toExtend<SagaDefinition<{ other: string }, unknown>>()
})

it('what is given is typed inside nested lists', () => {
  defineSaga({
    ...saga,
    steps: [
      { name: 'create', send: createOrder },
      { name: 'trip', saga: child },
      { name: 'paying', waitFor: paid },
      {
        name: 'both',
        parallel: {
          x: [
            {
              name: 'loop',
              repeat: [
                {
                  name: 'charge',
                  send: charge,
                  with: ({ input, reply, replies, signal }) => {
                    expectTypeOf(input).toEqualTypeOf<Input>()
                    expectTypeOf(reply(child)).toEqualTypeOf<{ amount: number; orderId: string }>()
                    expectTypeOf(signal(paid)).toEqualTypeOf<{ sum: number } | null>()
                    expectTypeOf(replies(createOrder)).toEqualTypeOf<{ orderId: string }[]>()
                    return { ...input, ...reply(createOrder) }
                  },
                },
              ],
              until: ({ input }) => input.amount > 1,
              timesMax: 2,
            },
          ],
        },
      },
    ],
  })
})

it('a payload must fit inside nested lists', () => {
  defineSaga({
    ...saga,
    steps: [
      {
        name: 'both',
        parallel: {
          // @ts-expect-error the amount is a number
          x: [{ name: 'create', send: createOrder, with: () => ({ amount: 'much' }) }],
        },
      },
      {
        name: 'route',
        choose: [
          {
            when: () => true,
            // @ts-expect-error the input has no orderId
            steps: [{ name: 'charge', send: charge }],
          },
        ],
      },
    ],
  })
})

it('the input of a child must fit', () => {
  defineSaga({ ...saga, steps: [{ name: 'trip', saga: child }] })
  defineSaga({
    ...saga,
    steps: [
      // @ts-expect-error the amount is a number
      { name: 'trip', saga: child, with: () => ({ amount: 'much' }) },
    ],
  })
})

it('the item of a forEach is what its list holds', () => {
  const forEach = ({ input }: { input: Input }) => [input.amount]
  defineSaga({
    ...saga,
    steps: [
      {
        name: 'each',
        forEach,
        send: a,
        with: ({ item }: GivenItem<Input, number>) => ({ amount: item }),
      },
    ],
  })
  defineSaga({
    ...saga,
    // @ts-expect-error the items are numbers
    steps: [
      {
        name: 'each',
        forEach,
        send: a,
        with: ({ item }: GivenItem<Input, string>) => ({ amount: item.length }),
      },
    ],
  })
})

it('a field that is none is refused', () => {
  defineSaga({
    ...saga,
    steps: [
      // @ts-expect-error there is no such field
      { name: 'a', send: a, timeout: 5 },
    ],
  })
})

it('a pivot is the last step that can fail', () => {
  never(() =>
    defineSaga({
      ...saga,
      // @ts-expect-error compensatable step b comes after the point of no return
      steps: [
        { name: 'a', send: a, kind: 'pivot' },
        { name: 'b', send: a },
      ],
    }),
  )
  never(() =>
    defineSaga({
      ...saga,
      // @ts-expect-error pivot step b comes after the point of no return
      steps: [
        { name: 'a', send: a, kind: 'pivot' },
        { name: 'b', send: a, kind: 'pivot' },
      ],
    }),
  )
  never(() =>
    defineSaga({
      ...saga,
      // @ts-expect-error an approval can fail
      steps: [
        { name: 'a', send: a, kind: 'pivot' },
        { name: 'ok', approval: { by: 'ann', deadlineMs: 5 } },
      ],
    }),
  )
  defineSaga({
    ...saga,
    steps: [
      { name: 'a', send: a, kind: 'pivot' },
      { name: 'b', send: a, kind: 'retriable' },
    ],
  })
})

it('a pivot stands beside nothing, and is done once', () => {
  never(() =>
    defineSaga({
      ...saga,
      // @ts-expect-error pivot step a stands inside a parallel item
      steps: [{ name: 'both', parallel: { x: [{ name: 'a', send: a, kind: 'pivot' }] } }],
    }),
  )
  never(() =>
    defineSaga({
      ...saga,
      // @ts-expect-error pivot step each is a forEach
      steps: [
        {
          name: 'each',
          kind: 'pivot',
          forEach: () => [1],
          send: a,
          with: ({ item }: GivenItem<Input, number>) => ({ amount: item }),
        },
      ],
    }),
  )
  never(() =>
    defineSaga({
      ...saga,
      // @ts-expect-error compensatable step b comes after the point of no return
      steps: [
        {
          name: 'route',
          choose: [{ when: () => true, steps: [{ name: 'a', send: a, kind: 'pivot' }] }],
        },
        { name: 'b', send: a },
      ],
    }),
  )
})

it('a machine written by hand knows the input and the output of its child sagas', () => {
  setup({ actors: { trip: sagaActor(child), complete: sagaActor(child) } }).createMachine({
    invoke: {
      src: 'trip',
      input: () => ({ amount: 7 }),
      onDone: {
        actions: ({ event }) =>
          expectTypeOf(event.output).toExtend<{ orderId: string; amount: number }>(),
      },
    },
    initial: 'x',
    states: {
      // @ts-expect-error the amount is a number
      x: { invoke: { src: 'complete', input: () => ({ amount: 'much' }) } },
    },
  })
})
