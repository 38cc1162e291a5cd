// Machines written by hand: whatever a statechart can say goes through the same engine.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import { possibleVerbs } from '../../orchestrator/engine/possible-verbs.ts'
import { Drive, factsOf, sentBy } from './drive.ts'
import { rawDefinition } from './raw-definition.ts'
import { Amount, lasting, undoable } from './sample-contracts.ts'
import { samples } from './sample-definitions.ts'

const [a, b, final] = [undoable('a'), undoable('b'), lasting('final')]
const machines = setup({
  actors: { a: commandActor(a), b: commandActor(b), final: commandActor(final) },
})
const steps = [
  ['a', 'compensatable', a],
  ['b', 'compensatable', b],
  ['final', 'pivot', final],
] as const
const options = { maxIterations: 100 }
const input = () => ({ amount: 7 })
const ends = { completed: { type: 'final' }, failed: { type: 'final', tags: ['failed'] } } as const

/** An invoke that goes to `next` when it is done and fails the saga when it is not. */
const ask = <T extends 'a' | 'b' | 'final'>(src: T, next: string) =>
  ({ id: src, src, input, onDone: next, onError: '#m.failed' }) as const

describe('a machine with a timer', () => {
  const impatient = samples['impatient']?.[0]
  if (!impatient) throw new Error('the sample is gone')

  it('leaves its invoke when the timer fires, and undoes it when the saga fails', () => {
    const drive = new Drive(impatient)
    expect(drive.start(0).wakeAt).toBe(300)
    expect(sentBy(drive.wake(300))).toEqual(['slow/do/1'])
    expect(drive.saga?.steps.map(({ outcome }) => outcome)).toEqual(['unknown', 'pending'])
    expect(sentBy(drive.reply(400, 'slow/do/1', 'refused', 'no'))).toEqual(['fast/undo/1'])
    expect(drive.reply(500, 'fast/undo/1', 'succeeded').saga.status).toBe('compensated')
  })

  it('drops the timer with its state', () => {
    const drive = new Drive(impatient)
    drive.start(0)
    expect(drive.reply(299, 'fast/do/1', 'succeeded').wakeAt).toBeNull()
    expect(factsOf(drive.wake(300))).toEqual([])
  })

  it('does not fire a timer that an earlier one of the same wake-up has set anew', () => {
    const machine = machines.createMachine({
      id: 'm',
      initial: 'asking',
      states: {
        asking: {
          invoke: ask('a', 'completed'),
          after: { 50: { target: 'asking', reenter: true }, 100: 'failed' },
        },
        ...ends,
      },
      options,
    })
    const drive = new Drive(rawDefinition({ machine, steps }))
    drive.start(0)
    const woken = drive.wake(120)
    expect(sentBy(woken)).toEqual(['a/do/2'])
    expect(woken.saga.status).toBe('running')
    expect(woken.wakeAt).toBe(170)
  })

  it('drops and flags one that would turn back past the point of no return', () => {
    const machine = machines.createMachine({
      id: 'm',
      initial: 'paying',
      states: {
        paying: { invoke: ask('final', 'completed'), after: { 100: 'failed' } },
        ...ends,
      },
      options,
    })
    const drive = new Drive(rawDefinition({ machine, steps }))
    drive.start(0)
    const woken = drive.wake(100)
    expect(factsOf(woken)).toEqual(['timer.fired', 'saga.flagged'])
    expect(woken).toMatchObject({
      wakeAt: 30_000,
      saga: { status: 'running', value: 'paying', flags: [{ step: null }] },
    })
    expect(drive.reply(300, 'final/do/1', 'succeeded').saga.status).toBe('completed')
  })

  it('parks the saga when nothing else is left to wait for', () => {
    const machine = machines.createMachine({
      id: 'm',
      initial: 'paying',
      states: {
        paying: { invoke: ask('final', 'resting') },
        resting: { after: { 100: 'failed' } },
        ...ends,
      },
      options,
    })
    const definition = rawDefinition({ machine, steps })
    const drive = new Drive(definition)
    drive.start(0)
    expect(drive.reply(10, 'final/do/1', 'succeeded').wakeAt).toBe(110)
    const stuck = drive.wake(110)
    expect(stuck).toMatchObject({ wakeAt: null, saga: { status: 'stuck', stuck: { step: null } } })
    // A retry changes nothing about that, and says so beforehand.
    const [retry] = possibleVerbs(definition, stuck.saga, 200)
    expect(retry).toMatchObject({ verb: 'retry', outcome: 'acts', status: 'stuck', commands: [] })
    drive.retry(200)
    expect(drive.wake(200).saga.status).toBe('stuck')
    expect(drive.operate(300, 'abandon').saga.status).toBe('abandoned')
  })
})

describe('states that are entered and left within one move', () => {
  const machine = machines.createMachine({
    id: 'm',
    initial: 'passing',
    states: {
      passing: { invoke: ask('a', 'completed'), after: { 10: 'failed' }, always: 'asking' },
      asking: { invoke: ask('b', 'completed') },
      ...ends,
    },
    options,
  })

  it('send nothing and set no timer', () => {
    const started = new Drive(rawDefinition({ machine, steps })).start(0)
    expect(sentBy(started)).toEqual(['b/do/1'])
    expect(started.saga.timers).toEqual([])
  })
})

describe('an invoke of the whole machine', () => {
  const machine = machines.createMachine({
    id: 'm',
    invoke: { id: 'a', src: 'a', input },
    initial: 'asking',
    states: { asking: { invoke: ask('b', 'completed') }, ...ends },
    options,
  })

  it('is left when the saga ends, and undone before it has', () => {
    const drive = new Drive(rawDefinition({ machine, steps }))
    expect(sentBy(drive.start(0))).toEqual(['a/do/1', 'b/do/1'])
    const end = drive.reply(10, 'b/do/1', 'succeeded')
    expect(end.saga).toMatchObject({ status: 'compensating', failure: null })
    expect(sentBy(end)).toEqual(['a/undo/1'])
    expect(drive.reply(20, 'a/undo/1', 'succeeded')).toMatchObject({
      wakeAt: null,
      saga: { status: 'completed', steps: [{ outcome: 'unknown', undo: 'done' }, {}] },
    })
  })

  it('fails the saga when nothing handles its error; the other one is settled, then undone', () => {
    const drive = new Drive(rawDefinition({ machine, steps }))
    drive.start(0)
    const failed = drive.reply(10, 'a/do/1', 'refused', 'no')
    expect(failed.saga).toMatchObject({ status: 'compensating', failure: { step: 'a' } })
    expect(sentBy(failed)).toEqual([])
    expect(sentBy(drive.reply(20, 'b/do/1', 'succeeded'))).toEqual(['b/undo/1'])
  })
})

describe('a history state', () => {
  const machine = machines.createMachine({
    id: 'm',
    initial: 'work',
    states: {
      work: {
        initial: 'first',
        states: {
          first: { invoke: { id: 'a', src: 'a', input, onDone: 'second' } },
          second: { invoke: { id: 'b', src: 'b', input, onDone: '#m.completed' } },
          last: { type: 'history' },
        },
        after: { 500: 'asleep' },
      },
      asleep: { after: { 100: 'work.last' } },
      ...ends,
    },
    options,
  })

  it('survives JSON between two events', () => {
    const drive = new Drive(rawDefinition({ machine, steps }))
    drive.start(0)
    drive.reply(10, 'a/do/1', 'succeeded')
    expect(drive.wake(500).saga.value).toBe('asleep')
    expect(drive.saga?.historyValue).toEqual({ 'm.work.last': ['m.work.second'] })
    const back = drive.wake(600)
    expect(back.saga.value).toEqual({ work: 'second' })
    expect(sentBy(back)).toEqual(['b/do/2'])
    expect(sentBy(drive.reply(700, 'b/do/2', 'succeeded'))).toEqual(['b/undo/1'])
    expect(drive.reply(800, 'b/undo/1', 'succeeded').saga.status).toBe('completed')
  })
})

describe('a signal that would turn back past the point of no return', () => {
  const stop = defineSignal({ name: 'stop', data: Type.Null() })
  const machine = machines.createMachine({
    id: 'm',
    initial: 'first',
    states: {
      first: { invoke: ask('a', 'paying') },
      paying: { invoke: ask('final', 'completed'), on: { stop: 'failed' } },
      ...ends,
    },
    options,
  })
  const kinds = { final: { kind: 'pivot' } } as const
  const definition = sagaFromMachine({
    version: 1,
    input: Amount,
    machine,
    steps: kinds,
    signals: [stop],
  })

  it('is refused, and changes nothing', () => {
    const drive = new Drive(definition)
    drive.start(0)
    const before = drive.reply(1, 'a/do/1', 'succeeded').saga
    const refused = drive.signal(2, 'stop')
    expect(refused.problem?.code).toBe('SAGA_PAST_PIVOT')
    expect([refused.facts, refused.saga]).toEqual([[], before])
  })

  it('is dropped and flagged when it was kept before', () => {
    const drive = new Drive(definition)
    drive.start(0)
    drive.signal(1, 'stop')
    const facts = ['step.succeeded a', 'command.sent final', 'signal.dropped', 'saga.flagged']
    expect(factsOf(drive.reply(2, 'a/do/1', 'succeeded'))).toEqual(facts)
    expect(drive.saga).toMatchObject({ status: 'running', signals: [], value: 'paying' })
    expect(drive.reply(3, 'final/do/1', 'succeeded').saga.status).toBe('completed')
  })
})
