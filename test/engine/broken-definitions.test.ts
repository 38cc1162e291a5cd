// Definitions that throw, loop or ask for what cannot be: refused at the start, parked later.
import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { Drive, factsOf, sagaId } from './drive.ts'
import { rawDefinition } from './raw-definition.ts'
import { Amount, completeOrder, createOrder, undoable } from './sample-contracts.ts'

const a = undoable('a')
const steps = [['a', 'compensatable', a]] as const
const input = () => ({ amount: 7 })
const machines = setup({ actors: { a: commandActor(a) } })
const failure = expect.objectContaining({ code: 'SAGA_DEFINITION_FAILED' })

/** After its first answer the machine turns round for ever. */
const looping = (options: { readonly maxIterations?: number }) =>
  machines.createMachine({
    id: 'looping',
    initial: 'asking',
    states: {
      asking: { invoke: { id: 'a', src: 'a', input, onDone: 'left' } },
      left: { always: 'right' },
      right: { always: 'left' },
    },
    options,
  })

describe('a machine that loops', () => {
  it('is refused at the start when it sets no limit', () => {
    const drive = new Drive(rawDefinition({ machine: looping({}), steps }))
    expect(() => drive.start(0)).toThrow(failure)
  })

  it('parks the saga at its limit', () => {
    const machine = looping({ maxIterations: 100 })
    const drive = new Drive(rawDefinition({ machine, steps }))
    drive.start(0)
    expect(factsOf(drive.reply(10, 'a/do/1', 'succeeded'))).toEqual(['saga.stuck a'])
    expect(drive.saga?.stuck?.reason).toEqual(failure)
  })
})

describe('a delay that is no time', () => {
  it('is refused at the start', () => {
    const machine = machines.createMachine({
      id: 'm',
      initial: 'asking',
      states: { asking: { after: { never: 'asking' } } },
      options: { maxIterations: 100 },
    })
    expect(() => new Drive(rawDefinition({ machine, steps })).start(0)).toThrow(failure)
  })
})

describe('a timer whose action throws', () => {
  it('parks the saga, fires again at a retry, and is forgotten when the answer comes', () => {
    const machine = machines.createMachine({
      id: 'm',
      initial: 'asking',
      states: {
        asking: {
          invoke: { id: 'a', src: 'a', input, onDone: 'completed' },
          after: {
            100: {
              guard: () => {
                throw new Error('broken')
              },
            },
          },
        },
        completed: { type: 'final' },
      },
      options: { maxIterations: 100 },
    })
    const drive = new Drive(rawDefinition({ machine, steps }))
    drive.start(0)
    expect(factsOf(drive.wake(100))).toEqual(['saga.stuck'])
    expect(drive.retry(200)).toMatchObject({ wakeAt: 100, saga: { status: 'running' } })
    expect(factsOf(drive.wake(200))).toEqual(['saga.stuck'])
    expect(drive.reply(300, 'a/do/1', 'succeeded').saga.status).toBe('completed')
  })
})

describe('a payload that does not fit its contract', () => {
  const order = (amount: unknown, orderId: unknown) =>
    defineSaga({
      name: 'order',
      version: 1,
      input: Amount,
      steps: [
        { name: 'create', send: createOrder, with: () => ({ amount: amount as number }) },
        {
          name: 'complete',
          kind: 'retriable',
          send: completeOrder,
          with: () => ({ orderId: orderId as string }),
        },
      ],
    })

  it('is refused at the start', () => {
    expect(() => new Drive(order('much', 'o1')).start(0)).toThrow(failure)
  })

  it('is never sent later', () => {
    const drive = new Drive(order(7, 42))
    drive.start(0)
    const stuck = drive.reply(10, 'create/do/1', 'succeeded', { orderId: 'o1' })
    expect(stuck.commands).toEqual([])
    expect(stuck.saga).toMatchObject({ status: 'stuck', stuck: { step: 'create' } })
  })
})

describe('events out of place', () => {
  const definition = defineSaga({
    name: 'one',
    version: 1,
    input: Amount,
    steps: [{ name: 'a', send: a }],
  })

  it('a saga cannot start twice', () => {
    const drive = new Drive(definition)
    drive.start(0)
    expect(() => drive.start(1)).toThrow('is started twice')
  })

  it('nothing can happen to a saga before its start', () => {
    expect(() => new Drive(definition).wake(0)).toThrow('before the saga was started')
  })

  it('a step of another name cannot be answered through a name inside an id', () => {
    const drive = new Drive(definition)
    drive.start(0)
    expect(drive.reply(1, 'do/do/1', 'succeeded').problem?.details['problem']).toBe(
      `saga ${sagaId} never sent ${sagaId}/do/do/1`,
    )
  })
})
