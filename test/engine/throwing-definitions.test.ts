// What a definition that throws must not cost: no signal is lost, no effect stays unseen, and what
// a person tells the saga counts.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { type AnyStateMachine, assign, setup } from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import { Drive, factsOf, sentBy } from './drive.ts'
import { Amount, lasting, undoable } from './sample-contracts.ts'

const [a, b] = [undoable('a'), undoable('b')]
const saga = { name: 'saga', version: 1, input: Amount } as const
const go = defineSignal({ name: 'go', data: Type.Null() })

/** Its functions throw until it is mended. */
function breakable() {
  const state = { isBroken: true }
  const heal = <T>(value: T): T => {
    if (state.isBroken) throw new Error('broken')
    return value
  }
  return { heal, mend: () => (state.isBroken = false) }
}

function waiting() {
  const { heal, mend } = breakable()
  const steps = [
    { name: 'wait', waitFor: go },
    { name: 'a', send: a, with: ({ input }: { input: { amount: number } }) => heal(input) },
  ] as const
  const drive = new Drive(defineSaga({ ...saga, steps }))
  drive.start(0)
  return { drive, mend }
}

describe('a signal whose delivery throws', () => {
  it('is kept, and delivered by the retry after the mend', () => {
    const { drive, mend } = waiting()
    expect(factsOf(drive.signal(1, 'go'))).toEqual(['saga.stuck', 'signal.kept'])
    expect(factsOf(drive.retry(2))).toEqual(['saga.retried', 'saga.stuck'])
    mend()
    const facts = ['saga.retried', 'signal.delivered', 'command.sent a']
    expect(factsOf(drive.retry(3))).toEqual(facts)
  })

  it('after a pause does not undo the word of the person who resumed it', () => {
    const { drive } = waiting()
    drive.operate(1, 'pause')
    drive.signal(2, 'go')
    const resumed = drive.operate(3, 'resume')
    expect(factsOf(resumed)).toEqual(['saga.resumed', 'saga.stuck'])
    expect(resumed.saga).toMatchObject({ status: 'stuck', pause: null })
  })
})

describe('a saga that could not begin', () => {
  it('begins when it is retried, not when the time for its locks is over', () => {
    const { heal, mend } = breakable()
    const definition = defineSaga({
      ...saga,
      lock: () => 'x',
      lockTimeoutMs: 60_000,
      steps: [{ name: 'a', send: a, with: ({ input }) => heal(input) }],
    })
    const drive = new Drive(definition)
    drive.start(0)
    expect(factsOf(drive.at(10, { type: 'locked' }))).toEqual(['saga.stuck'])
    mend()
    expect(drive.retry(20)).toMatchObject({ saga: { status: 'scheduled' }, wakeAt: 20 })
    expect(factsOf(drive.wake(20))).toEqual(['saga.waiting'])
    expect(sentBy(drive.at(21, { type: 'locked' }))).toEqual(['a/do/1'])
  })
})

describe('a skip that makes the definition throw', () => {
  it('is refused by that, and changes nothing', () => {
    const { heal, mend } = breakable()
    const steps = [
      { name: 'pay', kind: 'pivot', send: lasting('pay'), attempts: 1 },
      {
        name: 'last',
        kind: 'retriable',
        send: lasting('last'),
        with: ({ input }: { input: { amount: number } }) => heal(input),
      },
    ] as const
    const drive = new Drive(defineSaga({ ...saga, steps }))
    drive.start(0)
    const before = drive.reply(1, 'pay/do/1', 'failed').saga
    const refused = drive.skip(2, 'pay', 'done')
    expect(refused.problem?.code).toBe('SAGA_DEFINITION_FAILED')
    expect([refused.facts, refused.saga]).toEqual([[], before])
    mend()
    expect(sentBy(drive.skip(3, 'pay', 'done'))).toEqual(['last/do/1'])
  })
})

describe('an end by a person', () => {
  it('flags a step whose answer the definition could not take', () => {
    const { heal } = breakable()
    const steps = [
      { name: 'a', send: a },
      { name: 'b', send: b, with: ({ input }: { input: { amount: number } }) => heal(input) },
    ] as const
    const drive = new Drive(defineSaga({ ...saga, steps }))
    drive.start(0)
    drive.reply(1, 'a/do/1', 'succeeded')
    const facts = ['step.unknown a', 'saga.flagged a', 'saga.terminated']
    expect(factsOf(drive.operate(2, 'terminate'))).toEqual(facts)
  })
})

const asking = setup({ actors: { a: commandActor(a), b: commandActor(b) } })
const ask = (id: 'a' | 'b', onDone: object | string) =>
  ({ invoke: { id, src: id, input: { amount: 7 }, onDone } }) as const
const ends = { completed: { type: 'final' }, failed: { type: 'final', tags: ['failed'] } } as const

describe('what a statechart left before its answer', () => {
  it('is flagged when the saga is abandoned, though its success was heard before', () => {
    const machine = asking.createMachine({
      id: 'm',
      initial: 'first',
      states: {
        first: { ...ask('a', 'completed'), after: { 100: 'second' } },
        second: ask('b', 'completed'),
        ...ends,
      },
    })
    const steps = { b: { kind: 'retriable' } } as const
    const drive = new Drive(sagaFromMachine({ version: 1, input: Amount, machine, steps }))
    drive.start(0)
    drive.wake(100)
    drive.reply(110, 'a/do/1', 'succeeded')
    drive.reply(120, 'b/do/1', 'refused')
    const facts = ['undo.skipped a', 'saga.flagged a', 'step.skipped b', 'saga.abandoned']
    expect(factsOf(drive.operate(130, 'abandon'))).toEqual(facts)
  })
})

describe('a context', () => {
  const contextAfter = (change: () => unknown) => {
    const machine = setup({
      types: { context: {} as { x: unknown } },
      actors: { a: commandActor(a), b: commandActor(b) },
    }).createMachine({
      id: 'm',
      context: { x: null },
      initial: 'first',
      states: {
        first: ask('a', { target: 'second', actions: assign({ x: change }) }),
        second: ask('b', 'completed'),
        ...ends,
      },
    } as never) as unknown as AnyStateMachine
    const drive = new Drive(sagaFromMachine({ version: 1, input: Amount, machine }))
    drive.start(0)
    return drive.reply(1, 'a/do/1', 'succeeded').saga
  }

  it('is plain JSON at once, so that a replay gives the same', () => {
    expect(contextAfter(() => new Date(0)).context).toEqual({ x: '1970-01-01T00:00:00.000Z' })
  })

  it('that cannot be JSON parks the saga', () => {
    expect(contextAfter(() => 10n)).toMatchObject({ status: 'stuck', stuck: { step: 'a' } })
  })

  it('that spawns an actor parks the saga', () => {
    const spawning = ({ spawn }: { spawn: (src: string, of: object) => unknown }) =>
      spawn('b', { id: 'stray', input: { amount: 7 } })
    expect(contextAfter(spawning as never).stuck?.reason).toMatchObject({
      code: 'SAGA_DEFINITION_FAILED',
      message: expect.stringContaining('an assign spawns stray'),
    })
  })
})

describe('an output that cannot be JSON', () => {
  it('parks the saga at its last step', () => {
    const steps = [{ name: 'a', send: a }] as const
    const drive = new Drive(defineSaga({ ...saga, steps, output: () => 10n }))
    drive.start(0)
    expect(drive.reply(1, 'a/do/1', 'succeeded').saga.stuck).toMatchObject({ step: 'a' })
  })
})

describe('a delay that no date can tell', () => {
  it('is refused at the start', () => {
    const late = defineSaga({ ...saga, steps: [{ name: 'rest', delayMs: () => 1e300 }] })
    expect(() => new Drive(late).start(0)).toThrow('the delay of')
  })
})
