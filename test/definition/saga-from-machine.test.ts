// The raw door: what it makes of a machine, and what it refuses by name.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import {
  type AnyStateMachine,
  assign,
  createMachine,
  emit,
  log,
  not,
  raise,
  sendTo,
  setup,
  spawnChild,
} from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import { sagaActor } from '../../orchestrator/definition/saga-actor.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import { Drive, sentBy } from '../engine/drive.ts'
import { Amount, lasting, undoable } from '../engine/sample-contracts.ts'
import { ChartWalk } from './chart-walk.ts'

const [a, b] = [undoable('a'), undoable('b')]
const input = { amount: 7 }
const stop = defineSignal({ name: 'stop', data: Type.Null() })
const child = defineSaga({
  name: 'child',
  version: 2,
  input: Amount,
  steps: [{ name: 'a', send: a }],
})
const actors = {
  a: commandActor(a),
  b: commandActor(b),
  lasting: commandActor(lasting('x')),
  child: sagaActor(child),
}
const ends = { completed: { type: 'final' }, failed: { type: 'final', tags: ['failed'] } } as const
const ask = (src: keyof typeof actors, more: object = {}) => ({
  invoke: { id: src, src, input: () => input, onDone: '#m.completed', ...more },
})

/** A machine of one state and its ends; what is wrong with it comes with `more`. */
function machineOf(state: object, more: object = {}, implementations: object = {}) {
  const config = { id: 'm', initial: 'asking', states: { asking: state, ...ends }, ...more }
  return createMachine(config as never, { actors, ...implementations } as never)
}

const options = { version: 1, input: Amount, signals: [stop] } as const

describe('a machine', () => {
  it('is a saga whose contracts come from its actors', () => {
    const machine = machineOf({ ...ask('a'), on: { stop: 'failed' } })
    const definition = sagaFromMachine({
      ...options,
      machine,
      steps: { a: { attempts: 7, undo: { attempts: 2 } } },
      businessKey: ({ amount }) => `k${amount}`,
    })
    expect(definition.name).toBe('m')
    expect(definition.machine.options.maxIterations).toBe(100)
    expect(definition.businessKey(input)).toBe('k7')
    expect(definition.steps.get('a')).toMatchObject({
      kind: 'compensatable',
      command: a,
      retry: { attempts: 7 },
      undoRetry: { attempts: 2 },
    })
    const drive = new Drive(definition)
    expect(sentBy(drive.start(0))).toEqual(['a/do/1'])
    expect(drive.signal(10, 'stop').saga.status).toBe('compensating')
  })

  it('keeps the limit of its loops', () => {
    const machine = machineOf(ask('a'), { options: { maxIterations: 5 } })
    expect(sagaFromMachine({ ...options, machine }).machine.options.maxIterations).toBe(5)
  })

  it('has its kinds and its output said', () => {
    const output = ({ context }: { context: { sum: number } }) => context.sum
    const machine = machineOf(ask('lasting'), { context: { sum: 5 }, output })
    const steps = { lasting: { kind: 'pivot' } } as const
    const definition = sagaFromMachine({ ...options, machine, steps })
    expect(definition.steps.get('lasting')?.kind).toBe('pivot')
    expect(definition.output({ sum: 5 })).toBe(5)
    const more = sagaFromMachine({
      ...options,
      machine,
      steps,
      output: ({ sum }: { sum: number }) => sum + 1,
    })
    expect(more.output({ sum: 5 })).toBe(6)
  })

  it('says when it enters a parallel state, before what the author does there', () => {
    const region = (src: 'a' | 'b') => ({
      initial: 'asked',
      states: { asked: ask(src, { onDone: 'done' }), done: { type: 'final' } },
    })
    const machine = machineOf(
      {
        type: 'parallel',
        entry: 'count',
        states: { left: region('a'), right: region('b') },
        onDone: 'completed',
      },
      { context: { entered: 0 } },
      { actions: { count: assign({ entered: 1 }) } },
    )
    const definition = sagaFromMachine({ ...options, machine })
    expect(Object.fromEntries(definition.paths)).toEqual({
      a: [{ group: 'm.asking', branch: 0 }],
      b: [{ group: 'm.asking', branch: 1 }],
    })
    const walk = new ChartWalk(definition, input)
    expect(walk.said).toEqual([
      expect.objectContaining({ type: 'sagaline.group', params: { id: 'm.asking' } }),
    ])
    expect(walk.context).toEqual({ entered: 1 })
    expect(walk.done('b').done('a')).toMatchObject({ status: 'done', value: 'completed' })
  })

  it('starts a child saga by its actor', () => {
    const definition = sagaFromMachine({ ...options, machine: machineOf(ask('child')) })
    expect(new ChartWalk(definition, input).asked).toEqual([
      ['child', { saga: 'child', version: 2, input }],
    ])
    expect(definition.steps.get('child')).toMatchObject({ child, retry: { attempts: 1 } })
  })

  it('may raise what it takes itself', () => {
    const machine = machineOf({
      entry: raise({ type: 'again' }, { delay: 50 }),
      on: { again: 'failed' },
      ...ask('a'),
    })
    expect(sagaFromMachine({ ...options, machine }).signals.size).toBe(1)
  })

  it('is made by setup with its types', () => {
    const machine = setup({
      types: { context: {} as { amount: number } },
      actors: { a: actors.a },
    }).createMachine({
      id: 'typed',
      context: { amount: 7 },
      initial: 'asking',
      states: {
        asking: {
          invoke: { id: 'a', src: 'a', input: ({ context }) => context, onDone: 'completed' },
        },
        ...ends,
      },
    })
    const definition = sagaFromMachine({ ...options, machine })
    expect(new ChartWalk(definition, input).asked).toEqual([['a', { amount: 7 }]])
  })
})

describe('the hash of a machine', () => {
  const hashOf = (state: object, more: object = {}) =>
    sagaFromMachine({ ...options, machine: machineOf(state), ...more }).hash

  it('counts its structure, its kinds and its signals, but no closures and limits', () => {
    const state = { ...ask('a'), on: { stop: 'failed' } }
    const hash = hashOf(state)
    expect(hashOf({ ...ask('a', { input: () => ({ amount: 8 }) }), on: state.on })).toBe(hash)
    expect(hashOf(state, { steps: { a: { attempts: 5 } } })).toBe(hash)
    expect(hashOf({ ...state, on: { stop: 'completed' } })).not.toBe(hash)
    expect(hashOf(state, { steps: { a: { kind: 'pivot' } } })).not.toBe(hash)
    expect(hashOf(state, { signals: [stop, { ...stop, name: 'other' }] })).not.toBe(hash)
  })
})

describe('a machine is refused', () => {
  const invoke = { id: 'a', src: 'a', input: () => input }
  const two = { initial: 'x', states: { x: { invoke, always: 'y' }, y: { invoke } } }

  it.each<readonly [problem: string, make: () => object, more?: object]>([
    ['src of invoke z is no commandActor', () => machineOf({ invoke: { id: 'z', src: 'z' } })],
    ['an invoke of sample.do-a has no id', () => machineOf({ invoke: { src: 'a' } })],
    ["'a#1' cannot be the name of a step", () => machineOf({ invoke: { id: 'a#1', src: 'a' } })],
    ['two invokes have the id a', () => machineOf(two)],
    ['invoke a has a systemId', () => machineOf({ invoke: { ...invoke, systemId: 's' } })],
    ['xstate.spawnChild is neither', () => machineOf({ ...ask('a'), entry: spawnChild('a') })],
    ['sendTo is neither', () => machineOf({ ...ask('a'), entry: sendTo('a', { type: 'x' }) })],
    ['emit is neither', () => machineOf({ ...ask('a'), exit: emit({ type: 'x' }) })],
    ['xstate.log is neither', () => machineOf(ask('a', { onDone: { actions: log('x') } }))],
    ['a function is neither', () => machineOf({ ...ask('a'), entry: () => undefined })],
    ['its action tell is neither', () => machineOf({ ...ask('a'), entry: 'tell' })],
    [
      'its action tell is neither',
      () => machineOf({ ...ask('a'), entry: 'tell' }, {}, { actions: { tell: () => 0 } }),
    ],
    [
      'raises an event with data later',
      () => {
        const entry = raise({ type: 'stop', data: 1 } as never, { delay: 5 })
        return machineOf({ ...ask('a'), entry })
      },
    ],
    ['takes the wildcard event *', () => machineOf({ ...ask('a'), on: { '*': 'failed' } })],
    [
      'takes xstate.done.actor.a, an event of XState',
      () => machineOf({ ...ask('a'), on: { 'xstate.done.actor.a': 'failed' } }),
    ],
    ['takes go, which is no signal', () => machineOf({ ...ask('a'), on: { go: 'failed' } })],
    ['lasting is compensatable, but sample.do-x names no undo', () => machineOf(ask('lasting'))],
    ['it has no guard nope', () => machineOf(ask('a', { onDone: { guard: 'nope' } }))],
    ['it has no guard nope', () => machineOf(ask('a', { onDone: { guard: not('nope') } }))],
    ['it has no delay nope', () => machineOf({ ...ask('a'), after: { nope: 'failed' } })],
    [
      'retriable step a has an onError',
      () => machineOf(ask('a', { onError: 'failed' })),
      { steps: { a: { kind: 'retriable' } } },
    ],
    ['no final state', () => machineOf({ invoke }, { states: { asking: { invoke } } })],
    ['its name must be kebab-case', () => machineOf({ invoke }, { id: 'M' })],
    ['no invoke with the id b', () => machineOf(ask('a')), { steps: { b: {} } }],
    ['attempts must be at least 1', () => machineOf(ask('a')), { steps: { a: { attempts: 0 } } }],
  ])('with the rule "%s"', (problem, make, more) => {
    const failure = {
      code: 'DEFINITION_INVALID',
      message: expect.stringContaining(String(problem)),
    }
    const machine = (make as () => AnyStateMachine)()
    const refused = () => sagaFromMachine({ ...options, machine, ...(more as object) })
    expect(refused).toThrow(expect.objectContaining(failure))
  })
})
