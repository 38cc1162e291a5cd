// Sagas with more than a list of commands, through `advance`: what is sent, and what is undone.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { setup } from 'xstate'
import { commandActor } from '../../orchestrator/definition/command-actor.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type { GivenItem } from '../../orchestrator/definition/given.ts'
import { sagaFromMachine } from '../../orchestrator/definition/saga-from-machine.ts'
import { Drive, factsOf, sentBy } from './drive.ts'
import { Amount, undoable } from './sample-contracts.ts'

const saga = { name: 'saga', version: 1, input: Amount } as const
const [a, b, c, d] = [undoable('a'), undoable('b'), undoable('c'), undoable('d')]

/** Answers every undo as done, and gives the order they were asked for in. */
function undoAll(drive: Drive, first: readonly string[]): readonly string[] {
  const sent = [...first]
  for (let now = 1_000; sent.length < 10; now++) {
    const last = sent.at(-1)
    const next = last === undefined ? [] : sentBy(drive.reply(now, last, 'succeeded'))
    if (next.length === 0) break
    sent.push(...next)
  }
  return sent
}

describe('a parallel item', () => {
  const definition = defineSaga({
    ...saga,
    steps: [
      { name: 'a', send: a },
      {
        name: 'both',
        parallel: {
          left: [
            { name: 'b', send: b },
            { name: 'c', send: c },
          ],
          right: [{ name: 'd', send: d }],
        },
      },
      { name: 'e', send: undoable('e') },
    ],
  })

  it('is undone by its branches, whatever came first', () => {
    const drive = new Drive(definition)
    drive.start(0)
    expect(sentBy(drive.reply(1, 'a/do/1', 'succeeded'))).toEqual(['b/do/1', 'd/do/1'])
    drive.reply(2, 'd/do/1', 'succeeded')
    expect(sentBy(drive.reply(3, 'b/do/1', 'succeeded'))).toEqual(['c/do/1'])
    expect(sentBy(drive.reply(4, 'c/do/1', 'succeeded'))).toEqual(['e/do/1'])
    const undos = undoAll(drive, sentBy(drive.reply(5, 'e/do/1', 'refused', 'no')))
    expect(undos).toEqual(['d/undo/1', 'c/undo/1', 'b/undo/1', 'a/undo/1'])
    expect(drive.saga?.status).toBe('compensated')
  })
})

describe('a forEach', () => {
  const definition = defineSaga({
    ...saga,
    input: Type.Object({ amounts: Type.Array(Type.Number()) }),
    steps: [
      {
        name: 'each',
        forEach: ({ input }) => input.amounts,
        atMost: 2,
        send: a,
        with: ({ item }: GivenItem<{ amounts: number[] }, number>) => ({ amount: item }),
      },
      { name: 'b', send: b, with: ({ input }) => ({ amount: input.amounts.length }) },
    ],
  })

  it('is one visit an item, each with its own undo', () => {
    const drive = new Drive(definition)
    const started = drive.start(0, { amounts: [10, 20, 30] })
    expect(sentBy(started)).toEqual(['each/do/1', 'each/do/2'])
    expect(sentBy(drive.reply(1, 'each/do/2', 'succeeded'))).toEqual(['each/do/3'])
    drive.reply(2, 'each/do/3', 'succeeded')
    expect(sentBy(drive.reply(3, 'each/do/1', 'succeeded'))).toEqual(['b/do/1'])
    expect(drive.saga?.steps.map(({ payload }) => payload)).toEqual([
      { amount: 10 },
      { amount: 20 },
      { amount: 30 },
      { amount: 3 },
    ])
    const undos = undoAll(drive, sentBy(drive.reply(4, 'b/do/1', 'refused', 'no')))
    expect(undos).toEqual(['each/undo/3', 'each/undo/2', 'each/undo/1'])
    expect(drive.saga?.status).toBe('compensated')
  })
})

describe('waits', () => {
  const paid = defineSignal({ name: 'paid', data: Type.Object({ sum: Type.Number() }) })
  const definition = defineSaga({
    ...saga,
    steps: [
      { name: 'a', send: a },
      { name: 'paying', waitFor: paid, timeoutMs: 500 },
      {
        name: 'ok',
        approval: { by: 'ann', deadlineMs: 900, escalate: { afterMs: 50, to: 'bob' } },
      },
      { name: 'rest', until: () => 5_000 },
      { name: 'b', send: b, with: ({ signal }) => ({ amount: signal(paid)?.sum ?? 0 }) },
    ],
  })

  it('go on by signals, answers and moments', () => {
    const drive = new Drive(definition)
    drive.start(0)
    expect(drive.reply(10, 'a/do/1', 'succeeded').wakeAt).toBe(510)
    expect(drive.signal(20, 'paid', { sum: 3 }).wakeAt).toBe(70)
    expect(factsOf(drive.wake(70))).toContain('approval.escalated')
    expect(drive.signal(80, 'ok', { approved: true }, 'ann').wakeAt).toBe(5_000)
    expect(sentBy(drive.wake(5_000))).toEqual(['b/do/1'])
    expect(drive.saga?.steps.at(-1)?.payload).toEqual({ amount: 3 })
    expect(drive.reply(5_001, 'b/do/1', 'succeeded').saga.status).toBe('completed')
  })

  it('turn back when they take too long, or the answer is no', () => {
    const late = new Drive(definition)
    late.start(0)
    late.reply(10, 'a/do/1', 'succeeded')
    expect(sentBy(late.wake(510))).toEqual(['a/undo/1'])
    const refused = new Drive(definition)
    refused.start(0)
    refused.reply(10, 'a/do/1', 'succeeded')
    refused.signal(20, 'paid', { sum: 3 })
    expect(sentBy(refused.signal(30, 'ok', { approved: false }, 'ann'))).toEqual(['a/undo/1'])
  })
})

describe('a loop', () => {
  it('is one visit a round, and all of them are undone', () => {
    const loop = { name: 'loop', repeat: [{ name: 'a', send: a }], timesMax: 2 } as const
    const drive = new Drive(
      defineSaga({ ...saga, steps: [{ ...loop, until: ({ input }) => input.amount > 100 }] }),
    )
    expect(sentBy(drive.start(0))).toEqual(['a/do/1'])
    expect(sentBy(drive.reply(1, 'a/do/1', 'succeeded'))).toEqual(['a/do/2'])
    const undos = undoAll(drive, sentBy(drive.reply(2, 'a/do/2', 'succeeded')))
    expect(undos).toEqual(['a/undo/2', 'a/undo/1'])
  })
})

describe('a signal that comes while the saga is paused', () => {
  it('is delivered when it goes on', () => {
    const go = defineSignal({ name: 'go', data: Type.Null() })
    const steps = [
      { name: 'wait', waitFor: go },
      { name: 'a', send: a },
    ] as const
    const drive = new Drive(defineSaga({ ...saga, steps }))
    drive.start(0)
    drive.operate(1, 'pause')
    expect(factsOf(drive.signal(2, 'go'))).toEqual(['signal.kept'])
    expect(sentBy(drive.operate(3, 'resume'))).toEqual(['a/do/1'])
  })

  it('is taken up before an answer that came after it, and after one that came before', () => {
    const stop = defineSignal({ name: 'stop', data: Type.Null() })
    const machine = setup({ actors: { a: commandActor(a) } }).createMachine({
      id: 'm',
      initial: 'asking',
      states: {
        asking: {
          invoke: { id: 'a', src: 'a', input: { amount: 7 }, onDone: 'completed' },
          on: { stop: 'failed' },
        },
        completed: { type: 'final' },
        failed: { type: 'final', tags: ['failed'] },
      },
    })
    const definition = sagaFromMachine({ version: 1, input: Amount, machine, signals: [stop] })
    const paused = () => {
      const drive = new Drive(definition)
      drive.start(0)
      drive.operate(1, 'pause')
      return drive
    }
    const [first, second] = [paused(), paused()]
    first.signal(2, 'stop')
    first.reply(3, 'a/do/1', 'succeeded')
    expect(first.operate(4, 'resume').saga.status).toBe('compensating')
    second.reply(2, 'a/do/1', 'succeeded')
    second.signal(3, 'stop')
    expect(second.operate(4, 'resume').saga.status).toBe('completed')
  })
})
