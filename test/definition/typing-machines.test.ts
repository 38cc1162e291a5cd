// What the compiler holds of machines written by hand: their input, their signals, the steps that are
// named, and what a refusal says. The compiler is the test: each expected error that is none fails it.
import { Type } from 'typebox'
import { expect, expectTypeOf, it } from 'vitest'
import { setup } from 'xstate'
import { defineCommand } from '../../messaging/contract.ts'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import { refusalOf } from '../../orchestrator/definition/refusal-of.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import { Amount, charge, undoable } from '../engine/sample-contracts.ts'

const a = undoable('a')
const lone = defineCommand({ name: 'x.lone', topic: 'x.commands', payload: Amount })
const paid = defineSignal({ name: 'paid', data: Type.Object({ sum: Type.Number() }) })
const never = (_: () => unknown): void => undefined

type Paid = { type: 'paid'; data: { sum: number }; actor: string | null }

const machine = setup({
  types: {
    context: {} as { amount: number },
    input: {} as { amount: number },
    events: {} as Paid,
  },
  actors: { a: commandActor(a) },
}).createMachine({
  id: 'typed',
  context: ({ input }) => input,
  initial: 'asking',
  states: {
    asking: {
      on: { paid: 'working' },
    },
    working: {
      invoke: {
        id: 'a',
        src: 'a',
        input: ({ context }) => context,
        onDone: 'completed',
        onError: 'failed',
      },
    },
    completed: { type: 'final' },
    failed: { type: 'final' },
  },
})

const options = { version: 1, input: Amount, machine } as const

it('what its input schema describes is what the machine takes', () => {
  sagaFromMachine({ ...options, signals: [paid] })
  never(() =>
    // @ts-expect-error the machine takes an amount
    sagaFromMachine({ ...options, input: Type.Object({ sum: Type.Number() }), signals: [paid] }),
  )
})

it('its signals are events of the machine, with their data', () => {
  const payed = defineSignal({ name: 'payed', data: Type.Object({ sum: Type.Number() }) })
  const other = defineSignal({ name: 'paid', data: Type.Object({ total: Type.String() }) })
  never(() =>
    // @ts-expect-error the machine has no event payed
    sagaFromMachine({ ...options, signals: [payed] }),
  )
  never(() =>
    // @ts-expect-error the machine has another event paid
    sagaFromMachine({ ...options, signals: [other] }),
  )
})

it('the steps that are named are steps of the machine', () => {
  sagaFromMachine({ ...options, signals: [paid], steps: { a: { attempts: 5 } } })
  never(() =>
    // @ts-expect-error no actor is named b
    sagaFromMachine({ ...options, signals: [paid], steps: { b: { attempts: 5 } } }),
  )
})

it('a step that can be undone needs an undo', () => {
  const alone = setup({
    types: { context: {} as { amount: number }, input: {} as { amount: number } },
    actors: { lone: commandActor(lone) },
  }).createMachine({
    id: 'alone',
    context: ({ input }) => input,
    initial: 'working',
    states: {
      working: {
        invoke: { id: 'lone', src: 'lone', input: ({ context }) => context, onDone: 'completed' },
      },
      completed: { type: 'final' },
    },
  })
  sagaFromMachine({ version: 1, input: Amount, machine: alone, steps: { lone: { kind: 'pivot' } } })
  never(() =>
    // @ts-expect-error step lone is compensatable, but x.lone names no undo
    sagaFromMachine({
      version: 1,
      input: Amount,
      machine: alone,
      steps: { lone: { kind: 'compensatable' } },
    }),
  )
})

it('a refusal is what its contract says, or null', () => {
  const refused = { type: 'xstate.error.actor.charge', error: { code: 'EMPTY' }, isRefusal: true }
  const reason = refusalOf(refused, charge)
  expectTypeOf(reason).toEqualTypeOf<{ code: string } | null>()
  expect(reason).toEqual({ code: 'EMPTY' })
  const strange = { ...refused, error: 'no contract says so' }
  expect(refusalOf(strange, charge)).toBe(null)
  const unknown = { type: refused.type, error: { code: 'EMPTY' } }
  expect(refusalOf(unknown, charge)).toBe(null)
})
