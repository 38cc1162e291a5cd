// Going past a parked step by a person's word: what may be skipped, with which effect, and what
// follows.
import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { possibleVerbs } from '../../orchestrator/engine/possible-verbs.ts'
import { Drive, factsOf, sentBy } from './drive.ts'
import { rawDefinition } from './raw-definition.ts'
import { Amount, completeOrder, createOrder, lasting, undoable } from './sample-contracts.ts'

const once = { attempts: 1, undo: { attempts: 1 } } as const
const saga = { name: 'saga', version: 1, input: Amount } as const

describe('a skipped step', () => {
  const definition = defineSaga({
    ...saga,
    steps: [
      { name: 'a', send: undoable('a'), ...once },
      { name: 'pay', kind: 'pivot', send: lasting('pay'), attempts: 1 },
      { name: 'last', kind: 'retriable', send: lasting('last'), attempts: 1 },
    ],
  })
  const parked = () => {
    const drive = new Drive(definition)
    drive.start(0)
    drive.reply(1, 'a/do/1', 'succeeded')
    expect(drive.reply(2, 'pay/do/1', 'failed').saga.status).toBe('stuck')
    return drive
  }

  it('turns the saga back when it is the pivot, and was not done', () => {
    const drive = parked()
    expect(sentBy(drive.skip(3, 'pay', 'none'))).toEqual(['a/undo/1'])
    expect(drive.saga).toMatchObject({ status: 'compensating', failure: { step: 'pay' } })
  })

  it('lets the saga go on when it was done', () => {
    const drive = parked()
    expect(sentBy(drive.skip(3, 'pay', 'done'))).toEqual(['last/do/1'])
  })

  it('is one that is parked, and no other', () => {
    const drive = parked()
    for (const step of ['a', 'last', 'nowhere']) {
      expect(drive.skip(3, step, 'done').problem?.code).toBe('STEP_NOT_PARKED')
    }
  })

  it('is left out when it is retriable and was not done', () => {
    const drive = parked()
    drive.skip(3, 'pay', 'done')
    drive.reply(4, 'last/do/1', 'refused')
    const skipped = drive.skip(5, 'last', 'none')
    expect(factsOf(skipped)).toEqual(['step.skipped last', 'saga.completed'])
    expect(skipped.saga.steps.at(-1)?.outcome).toBe('skipped')
  })
})

describe('a skipped undo', () => {
  const parked = () => {
    const steps = [
      { name: 'a', send: undoable('a'), ...once },
      { name: 'b', send: undoable('b'), ...once },
    ] as const
    const drive = new Drive(defineSaga({ ...saga, steps }))
    drive.start(0)
    drive.reply(1, 'a/do/1', 'succeeded')
    drive.reply(2, 'b/do/1', 'refused')
    expect(drive.reply(3, 'a/undo/1', 'refused').saga.status).toBe('stuck')
    return drive
  }

  it('is flagged when its effect stays', () => {
    const skipped = parked().skip(4, 'a', 'none')
    expect(factsOf(skipped)).toEqual(['undo.skipped a', 'saga.flagged a', 'saga.compensated'])
  })

  it('is not when a person undid it', () => {
    const skipped = parked().skip(4, 'a', 'done')
    expect(factsOf(skipped)).toEqual(['undo.skipped a', 'saga.compensated'])
  })
})

describe('the output of a skipped step', () => {
  it('must be a reply of its contract, and is used as one', () => {
    const definition = defineSaga({
      ...saga,
      steps: [
        { name: 'create', kind: 'pivot', send: createOrder, attempts: 1 },
        {
          name: 'complete',
          kind: 'retriable',
          send: completeOrder,
          with: ({ reply }) => reply(createOrder),
        },
      ],
    })
    const drive = new Drive(definition)
    drive.start(0)
    const before = drive.reply(1, 'create/do/1', 'failed').saga
    const refused = drive.skip(2, 'create', 'done', { order: 'o1' })
    expect(refused.problem?.code).toBe('SKIP_OUTPUT_INVALID')
    expect(refused.saga).toEqual(before)
    const skipped = drive.skip(3, 'create', 'done', { orderId: 'o1' })
    expect(skipped.commands[0]?.payload).toEqual({ orderId: 'o1' })
  })
})

describe('a step that can be undone', () => {
  it('cannot be skipped: it is retried, or the saga is cancelled', () => {
    let isBroken = true
    const unsayable = ({ input }: { readonly input: { readonly amount: number } }) => {
      if (isBroken) throw new Error('broken')
      return input
    }
    const steps = [
      { name: 'a', send: undoable('a') },
      { name: 'b', send: undoable('b'), with: unsayable },
    ] as const
    const drive = new Drive(defineSaga({ ...saga, steps }))
    drive.start(0)
    const before = drive.reply(1, 'a/do/1', 'succeeded').saga
    const refused = drive.skip(2, 'a', 'done')
    expect(refused.problem?.code).toBe('STEP_NOT_SKIPPABLE')
    expect(refused.saga).toEqual(before)
    isBroken = false
    expect(sentBy(drive.retry(3))).toEqual(['a/do/1'])
  })
})

describe('a pivot behind another one', () => {
  const [first, second] = [lasting('first'), lasting('second')]
  const machineTo = (onError: 'failed' | 'completed') =>
    setup({
      actors: { first: commandActor(first), second: commandActor(second) },
    }).createMachine({
      id: 'm',
      initial: 'one',
      states: {
        one: {
          invoke: { id: 'first', src: 'first', input: { amount: 7 }, onDone: 'two' },
        },
        two: {
          invoke: {
            id: 'second',
            src: 'second',
            input: { amount: 7 },
            onDone: 'completed',
            onError,
          },
        },
        completed: { type: 'final' },
        failed: { type: 'final', tags: ['failed'] },
      },
      options: { maxIterations: 100 },
    })
  const parked = (onError: 'failed' | 'completed') => {
    const steps = [
      ['first', 'pivot', first],
      ['second', 'pivot', second],
    ] as const
    const definition = rawDefinition({ machine: machineTo(onError), steps, retry: { attempts: 1 } })
    const drive = new Drive(definition)
    drive.start(0)
    drive.reply(1, 'first/do/1', 'succeeded')
    const { saga: before } = drive.reply(2, 'second/do/1', 'failed')
    expect(before.status).toBe('stuck')
    return { drive, before, definition }
  }

  it('cannot be skipped as not done: there is no way back', () => {
    const { drive, before, definition } = parked('failed')
    const skips = possibleVerbs(definition, before, 3).filter(({ verb }) => verb === 'skip')
    expect(skips.map(({ effect, outcome }) => [effect, outcome])).toEqual([
      ['done', 'acts'],
      ['none', 'refused'],
    ])
    const refused = drive.skip(3, 'second', 'none')
    expect(refused.problem?.code).toBe('SAGA_PAST_PIVOT')
    expect([refused.facts, refused.saga]).toEqual([[], before])
    expect(sentBy(drive.retry(4))).toEqual(['second/do/1'])
    expect(drive.reply(5, 'second/do/1', 'succeeded').saga.status).toBe('completed')
  })

  it('can, where its statechart has another way on', () => {
    const { drive } = parked('completed')
    expect(drive.skip(3, 'second', 'none').saga.status).toBe('completed')
  })
})
