// What a refusal's reason means to a saga: it is final whatever it says, and a statechart may go by
// it where it fits the contract.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { defineCommand } from '../../messaging/contract.ts'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { refusalOf } from '../../orchestrator/definition/refusal-of.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import { Drive, factsOf, sentBy } from './drive.ts'
import { Amount, charge, undoable } from './sample-contracts.ts'

const topic = 'sample.commands'
const undo = defineCommand({ name: 'sample.undo-pay', topic, payload: Amount })
const reason = Type.Union([Type.Literal('poor'), Type.Literal('late')])
const pay = defineCommand({ name: 'sample.pay', topic, payload: Amount, refusal: reason, undo })
const input = { amount: 7 }

describe('a reason that the contract does not know', () => {
  const definition = defineSaga({
    name: 'paying',
    version: 1,
    input: Amount,
    steps: [
      { name: 'a', send: undoable('a') },
      { name: 'pay', send: pay },
    ],
  })

  it('is a refusal all the same, and is kept as it came', () => {
    const drive = new Drive(definition)
    drive.start(0)
    drive.reply(10, 'a/do/1', 'succeeded')
    const turned = drive.reply(20, 'pay/do/1', 'refused', { code: 'UNDONE_BEFORE_DONE' })
    expect(turned.problem).toBeNull()
    expect(factsOf(turned)).toContain('step.refused pay')
    expect(turned.saga.failure?.reason).toEqual({ code: 'UNDONE_BEFORE_DONE' })
    expect(sentBy(turned)).toEqual(['a/undo/1'])
  })
})

describe('a statechart', () => {
  const machine = setup({ actors: { pay: commandActor(pay) } }).createMachine({
    id: 'going-by-reason',
    initial: 'paying',
    states: {
      paying: {
        invoke: {
          id: 'pay',
          src: 'pay',
          input,
          onDone: 'completed',
          onError: [
            { guard: ({ event }) => refusalOf(event, pay) === 'poor', target: 'poor' },
            { guard: ({ event }) => refusalOf(event, pay) === null, target: 'unknown' },
            { target: 'failed' },
          ],
        },
      },
      poor: { after: { 5: 'completed' } },
      unknown: { after: { 5: 'completed' } },
      completed: { type: 'final' },
      failed: { type: 'final', tags: ['failed'] },
    },
  })
  const steps = { pay: { attempts: 1, timeoutMs: 100 } } as const
  const definition = sagaFromMachine({ version: 1, input: Amount, machine, steps })
  const started = () => {
    const drive = new Drive(definition)
    drive.start(0)
    return drive
  }

  it('goes by a reason of the contract', () => {
    expect(started().reply(10, 'pay/do/1', 'refused', 'poor').saga.value).toBe('poor')
    expect(started().reply(10, 'pay/do/1', 'refused', 'late').saga.status).toBe('compensated')
  })

  it('hears no reason where the outcome stayed unknown, whatever the error says', () => {
    expect(started().reply(10, 'pay/do/1', 'failed', 'poor').saga.value).toBe('unknown')
    expect(started().wake(100).saga.value).toBe('unknown')
  })

  it('hears none that does not fit the contract', () => {
    expect(started().reply(10, 'pay/do/1', 'refused', 'bored').saga.value).toBe('unknown')
  })
})

it('nothing but a refusal has a reason', () => {
  expect(refusalOf({ type: 'xstate.done.actor.pay' }, charge)).toBeNull()
})
