// What must not compile. The compiler is the test: each expected error that is none fails it.
import { Type } from 'typebox'
import { expectTypeOf, it } from 'vitest'
import { setup } from 'xstate'
import { defineCommand } from '../../messaging/contract.ts'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { Amount, charge, completeOrder, createOrder } from '../engine/sample-contracts.ts'

const saga = { name: 'saga', version: 1, input: Amount } as const

it('a payload must fit the command', () => {
  defineSaga({
    ...saga,
    steps: [
      // @ts-expect-error the amount is a number
      { name: 'create', send: createOrder, with: () => ({ amount: 'much' }) },
    ],
  })
})

it('`with` may be left out only where the input is the payload', () => {
  defineSaga({ ...saga, steps: [{ name: 'create', send: createOrder }] })
  defineSaga({
    ...saga,
    steps: [
      // @ts-expect-error the input has no orderId
      { name: 'charge', send: charge },
    ],
  })
})

it('the input and the replies of steps before are typed', () => {
  defineSaga({
    ...saga,
    steps: [
      { name: 'create', send: createOrder },
      {
        name: 'charge',
        send: charge,
        with: ({ input, reply }) => {
          expectTypeOf(input).toEqualTypeOf<{ amount: number }>()
          expectTypeOf(reply(createOrder)).toEqualTypeOf<{ orderId: string }>()
          return { ...input, ...reply(createOrder) }
        },
      },
    ],
  })
})

it('the business key is made of the input', () => {
  defineSaga({
    ...saga,
    businessKey: (input) => {
      expectTypeOf(input).toEqualTypeOf<{ amount: number }>()
      return String(input.amount)
    },
    steps: [{ name: 'create', send: createOrder }],
  })
})

it('an undo must take the payload of its do', () => {
  const payload = Type.Object({ other: Type.String() })
  const undo = defineCommand({ name: 'x.undo', topic: 't', payload })
  // @ts-expect-error the undo wants another payload
  defineCommand({ name: 'x.do', topic: 't', payload: Amount, undo })
})

it('a machine written by hand knows the payload and the reply of its commands', () => {
  const machines = setup({
    actors: { create: commandActor(createOrder), complete: commandActor(completeOrder) },
  })
  machines.createMachine({
    initial: 'creating',
    states: {
      creating: {
        invoke: {
          src: 'create',
          input: () => ({ amount: 7 }),
          onDone: {
            actions: ({ event }) => expectTypeOf(event.output).toEqualTypeOf<{ orderId: string }>(),
          },
        },
      },
      completing: {
        // @ts-expect-error the order id is a text
        invoke: { src: 'complete', input: () => ({ orderId: 7 }) },
      },
    },
  })
})
