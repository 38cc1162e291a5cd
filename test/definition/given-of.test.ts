// What a function of an author may ask for while the program runs, where its types do not know.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type { Given } from '../../orchestrator/definition/given.ts'
import { Amount, undoable } from '../engine/sample-contracts.ts'
import { ChartWalk } from './chart-walk.ts'

const saga = { name: 'saga', version: 1, input: Amount } as const
const input = { amount: 7 }
const [a, b] = [undoable('a'), undoable('b')]
const paid = defineSignal({ name: 'paid', data: Type.Object({ sum: Type.Number() }) })

/** Its types do not say what stands before it. */
type Asks = (given: Given<{ amount: number }>) => unknown

function sagaAsking(asks: Asks) {
  return defineSaga({
    ...saga,
    steps: [
      { name: 'a', send: a },
      {
        name: 'b',
        send: b,
        with: (given: Given<{ amount: number }>) => ({ amount: Number(asks(given)) }),
      },
      { name: 'paying', waitFor: paid },
    ],
  })
}

describe('asking for what does not stand before is an error by name', () => {
  it.each<readonly [what: string, problem: string, asks: Asks]>([
    ['an answer', 'no step before asks for sample.do-b', ({ reply }) => reply(b)],
    ['all answers', 'no step before asks for sample.do-b', ({ replies }) => replies(b).length],
    ['a signal', 'nothing before waits for paid', ({ signal }) => signal(paid)],
  ])('%s', (_, problem, asks) => {
    const walk = new ChartWalk(sagaAsking(asks), input)
    expect(() => walk.done('a')).toThrow(problem)
  })
})

it('a step that was not asked on the way has given no answers', () => {
  const steps = [{ name: 'a', send: a }] as const
  const definition = defineSaga({
    ...saga,
    steps: [
      { name: 'route', choose: [{ when: () => false, steps }] },
      { name: 'b', send: b, with: ({ replies }) => ({ amount: replies(a).length }) },
    ],
  })
  expect(new ChartWalk(definition, input).asked).toEqual([['b', { amount: 0 }]])
})

it('a signal is heard after its branch, and of an approval by the name of its item', () => {
  const Answer = Type.Object({ approved: Type.Boolean(), comment: Type.Optional(Type.String()) })
  const approve = defineSignal({ name: 'approve', data: Answer, needsActor: true })
  const definition = defineSaga({
    ...saga,
    steps: [
      {
        name: 'both',
        parallel: {
          x: [{ name: 'paying', waitFor: paid }],
          y: [{ name: 'approve', approval: { by: 'ann', deadlineMs: 5 } }],
        },
      },
      {
        name: 'a',
        send: a,
        with: ({ signal }) => ({
          amount: (signal(paid)?.sum ?? 0) + Number(signal(approve)?.comment),
        }),
      },
    ],
  })
  const walk = new ChartWalk(definition, input)
  walk.send({ type: 'paid', data: { sum: 40 } })
  walk.send({ type: 'approve', data: { approved: true, comment: '2' } })
  expect(walk.asked).toEqual([['a', { amount: 42 }]])
})
