// What the compiler holds of the steps, the context and the refusals of machines written by hand. The
// compiler is the test: each expected error that is none fails it.
import { Type } from 'typebox'
import { expect, expectTypeOf, it } from 'vitest'
import { setup } from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import { refusalOf } from '../../orchestrator/definition/refusal-of.ts'
import { sagaActor } from '../../orchestrator/definition/saga-actor.ts'
import type { ShapeOf } from '../../orchestrator/definition/saga-definition.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import { Amount, Charge, charge, createOrder, lasting } from '../engine/sample-contracts.ts'

type Input = { amount: number }
type Paid = { type: 'paid'; data: { sum: number } }

const pay = lasting('pay')
const paid = defineSignal({ name: 'paid', data: Type.Object({ sum: Type.Number() }) })
const final = defineSaga({
  name: 'final',
  version: 1,
  input: Amount,
  steps: [{ name: 'pay', send: pay, kind: 'pivot' }],
})

const machine = setup({
  types: {} as { context: Input; input: Input; events: Paid },
  actors: { create: commandActor(createOrder) },
}).createMachine({
  id: 'typed',
  context: ({ input }) => input,
  initial: 'creating',
  states: {
    creating: {
      invoke: {
        id: 'create',
        src: 'create',
        input: ({ context }) => context,
        onDone: 'waiting',
      },
    },
    waiting: { on: { paid: 'completed' } },
    completed: { type: 'final' },
  },
})

/** Its step is named `it`, which `setup` is told of. */
const paying = setup({
  types: {} as { children: { it: 'pay' } },
  actors: { pay: commandActor(pay) },
}).createMachine({
  id: 'paying',
  initial: 'asked',
  states: {
    asked: { invoke: { id: 'it', src: 'pay', input: { amount: 7 }, onDone: 'completed' } },
    completed: { type: 'final' },
  },
})
const options = { version: 1, input: Amount, machine } as const

it('a schema that describes more than the machine takes will do', () => {
  sagaFromMachine({ ...options, input: Charge, signals: [paid] })
})

it('what a signal brings is the data of its event', () => {
  const flat = setup({ types: {} as { events: { type: 'paid'; sum: number } } }).createMachine({
    id: 'flat',
    initial: 'waiting',
    states: { waiting: { on: { paid: 'completed' } }, completed: { type: 'final' } },
  })
  // @ts-expect-error the event has a sum beside its data
  sagaFromMachine({ ...options, machine: flat, signals: [paid] })
})

it('the steps that are named are steps of the machine', () => {
  const steps = { create: { attempts: 5 } }
  sagaFromMachine({ ...options, signals: [paid], steps })
  const define = () =>
    sagaFromMachine({
      ...options,
      signals: [paid],
      // @ts-expect-error no actor and no declared child of the machine is named typo
      steps: { typo: { attempts: 5 } },
    })
  expect(define).toThrow('it has no invoke with the id typo')
  // @ts-expect-error there is no such limit
  sagaFromMachine({ ...options, signals: [paid], steps: { create: { attemps: 5 } } })
})

it('what is compensatable can be undone', () => {
  const machine = paying
  const names = 'step it is compensatable, but sample.do-pay names no undo'
  // @ts-expect-error step it is compensatable, but its command names no undo
  expect(() => sagaFromMachine({ version: 1, input: Amount, machine })).toThrow(names)
  const steps = { it: { kind: 'compensatable' } } as const
  // @ts-expect-error step it is compensatable, but its command names no undo
  expect(() => sagaFromMachine({ version: 1, input: Amount, machine, steps })).toThrow(names)
  sagaFromMachine({ version: 1, input: Amount, machine, steps: { it: { kind: 'pivot' } } })

  const parent = setup({ actors: { trip: sagaActor(final) } }).createMachine({
    id: 'parent',
    initial: 'asked',
    states: {
      asked: { invoke: { id: 'trip', src: 'trip', input: { amount: 7 }, onDone: 'completed' } },
      completed: { type: 'final' },
    },
  })
  // @ts-expect-error child saga trip is compensatable, but final has a point of no return
  const define = () => sagaFromMachine({ version: 1, input: Amount, machine: parent })
  expect(define).toThrow('child saga trip is compensatable, but final has a point of no return')
})

it('a definition knows the name of its machine, its signals and whether it can be undone', () => {
  const undoable = sagaFromMachine({ ...options, signals: [paid] })
  expectTypeOf<ShapeOf<typeof undoable>['name']>().toEqualTypeOf<'typed'>()
  expectTypeOf<ShapeOf<typeof undoable>['signals']>().toEqualTypeOf<typeof paid>()
  expectTypeOf<ShapeOf<typeof undoable>['isUndoable']>().toEqualTypeOf<true>()
  const steps = { it: { kind: 'pivot' } } as const
  const asked = sagaFromMachine({ version: 1, input: Amount, machine: paying, steps })
  expectTypeOf<ShapeOf<typeof asked>['isUndoable']>().toEqualTypeOf<false>()
})

it('its output and its migrations know its context', () => {
  sagaFromMachine({ ...options, signals: [paid], output: ({ amount }) => amount + 1 })
  // @ts-expect-error the context has no sum
  sagaFromMachine({ ...options, signals: [paid], output: ({ sum }) => sum })
  const next = { ...options, version: 2, signals: [paid] } as const
  sagaFromMachine({ ...next, migrate: { 1: (state) => state } })
  sagaFromMachine({ ...next, migrate: { 1: ({ value }) => ({ value, context: { amount: 7 } }) } })
  sagaFromMachine({
    ...next,
    // @ts-expect-error the context has an amount
    migrate: { 1: ({ value }) => ({ value, context: { sum: 7 } }) },
  })
})

it('a refusal has the type of its contract', () => {
  setup({
    types: {} as { context: Record<never, never>; input: Input & { orderId: string } },
    actors: { charge: commandActor(charge) },
  }).createMachine({
    invoke: {
      id: 'charge',
      src: 'charge',
      input: { amount: 7, orderId: '1' },
      onError: {
        guard: ({ event }) => {
          expectTypeOf(refusalOf(event, charge)).toEqualTypeOf<{ code: string } | null>()
          // @ts-expect-error the refusal has no reason
          return refusalOf(event, charge)?.reason === 'poor'
        },
        target: '.poor',
      },
    },
    initial: 'asking',
    states: { asking: {}, poor: {} },
  })
})
