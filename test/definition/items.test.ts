// What the items of `defineSaga` compile to, walked with XState alone and through JSON.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type { Given, GivenItem } from '../../orchestrator/definition/given.ts'
import { Amount, createOrder, undoable } from '../engine/sample-contracts.ts'
import { ChartWalk } from './chart-walk.ts'

const saga = { name: 'saga', version: 1, input: Amount } as const
const [a, b, c] = [undoable('a'), undoable('b'), undoable('c')]
const input = { amount: 7 }
type Input = typeof input

describe('a saga of plain commands', () => {
  const plain = defineSaga({ ...saga, steps: [{ name: 'a', send: a }] })

  it('has a context of input and replies, and functions for the fast path', () => {
    expect(new ChartWalk(plain, input).context).toEqual({ input, replies: {} })
    expect(plain.functions).not.toBeNull()
    expect(plain.paths.size).toBe(0)
  })
})

describe('parallel', () => {
  const definition = defineSaga({
    ...saga,
    steps: [
      { name: 'first', send: createOrder },
      {
        name: 'both',
        parallel: {
          left: [
            { name: 'l1', send: a },
            { name: 'l2', send: b },
          ],
          right: [{ name: 'r1', send: c }],
        },
      },
      {
        name: 'last',
        send: undoable('last'),
        with: ({ replies }) => ({ amount: replies(c).length }),
      },
    ],
  })

  it('asks side by side, and goes on when all are done', () => {
    const walk = new ChartWalk(definition, input).done('first', { orderId: 'o1' })
    expect(walk.ids).toEqual(['l1', 'r1'])
    expect(walk.said).toEqual([
      expect.objectContaining({ type: 'sagaline.group', params: { id: 'saga.both' } }),
    ])
    expect(walk.done('r1').value).toEqual({ both: { left: 'l1', right: 'completed' } })
    expect(walk.done('l1').ids).toEqual(['l2'])
    expect(walk.done('l2').asked).toEqual([['last', { amount: 1 }]])
    expect(walk.done('last')).toMatchObject({ status: 'done', value: 'completed', tags: [] })
  })

  it('fails as a whole when one fails', () => {
    const walk = new ChartWalk(definition, input).done('first').fail('r1')
    expect(walk).toMatchObject({ status: 'done', value: 'failed', tags: ['failed'] })
  })

  it('says where its invokes stand', () => {
    expect(Object.fromEntries(definition.paths)).toEqual({
      l1: [{ group: 'saga.both', branch: 0 }],
      l2: [{ group: 'saga.both', branch: 0 }],
      r1: [{ group: 'saga.both', branch: 1 }],
    })
    expect(definition.functions).toBeNull()
  })

  it('nests, and the path goes from the outside in', () => {
    const inner = { name: 'inner', parallel: { x: [{ name: 'a', send: a }] } } as const
    const steps = [{ name: 'outer', parallel: { y: [inner] } }] as const
    expect(defineSaga({ ...saga, steps }).paths.get('a')).toEqual([
      { group: 'saga.outer', branch: 0 },
      { group: 'saga.outer.y.inner', branch: 0 },
    ])
  })

  it('a step cannot ask for the answer of one that stands beside it', () => {
    const beside = defineSaga({
      ...saga,
      steps: [
        {
          name: 'both',
          parallel: {
            left: [{ name: 'l', send: a }],
            // @ts-expect-error it stands beside
            right: [{ name: 'r', send: b, with: ({ reply }) => ({ amount: Number(reply(a)) }) }],
          },
        },
      ],
    })
    const problem = 'no step before asks for sample.do-a'
    expect(() => new ChartWalk(beside, input)).toThrow(problem)
  })
})

describe('choose', () => {
  const small = {
    when: ({ input }: { input: Input }) => input.amount < 5,
    steps: [{ name: 'a', send: a }],
  }
  const large = {
    when: ({ input }: { input: Input }) => input.amount < 10,
    steps: [
      { name: 'b1', send: b },
      { name: 'b2', send: undoable('b2') },
    ],
  }
  const last = { name: 'last', send: c }
  const closed = defineSaga({
    ...saga,
    steps: [{ name: 'route', choose: [small, large, { steps: [] }] }, last],
  })
  const open = defineSaga({ ...saga, steps: [{ name: 'route', choose: [small, large] }, last] })

  it.each([
    ['the first that holds', 1, ['a'], 'a'],
    ['the next one', 7, ['b1'], 'b1'],
    ['none', 20, ['last'], 'last'],
  ])('goes %s', (_, amount, ids, value) => {
    for (const definition of [open, closed]) {
      expect(new ChartWalk(definition, { amount })).toMatchObject({ ids, value })
    }
  })

  it('goes on after the way', () => {
    expect(new ChartWalk(open, input).done('b1').done('b2').ids).toEqual(['last'])
  })
})

describe('repeat', () => {
  const definition = defineSaga({
    ...saga,
    steps: [
      {
        name: 'poll',
        repeat: [{ name: 'look', send: createOrder }],
        until: ({ reply }) => reply(createOrder).orderId === 'ready',
        timesMax: 3,
      },
      { name: 'last', send: a },
    ],
  })

  it('asks again until it holds', () => {
    const walk = new ChartWalk(definition, input)
    expect(walk.done('look', { orderId: 'no' })).toMatchObject({ ids: ['look'] })
    expect(walk.context['rounds']).toEqual({ poll: 2 })
    expect(walk.context['replies']).toEqual({})
    expect(walk.done('look', { orderId: 'ready' }).ids).toEqual(['last'])
    expect(walk.context['rounds']).toEqual({})
  })

  it('turns back past its number of times', () => {
    const walk = new ChartWalk(definition, input)
    for (const _ of [1, 2, 3]) walk.done('look', { orderId: 'no' })
    expect(walk).toMatchObject({ status: 'done', value: 'failed' })
  })
})

describe('a wait', () => {
  const paid = defineSignal({ name: 'order.paid', data: Type.Object({ sum: Type.Number() }) })
  const last = {
    name: 'last',
    send: a,
    with: ({ signal }: { signal: (s: typeof paid) => { sum: number } | null }) => ({
      amount: signal(paid)?.sum ?? -1,
    }),
  }
  const define = (onTimeout: 'fail' | 'continue') =>
    defineSaga({
      ...saga,
      steps: [{ name: 'paying', waitFor: paid, timeoutMs: 500, onTimeout }, last],
    })
  const timeout = { type: 'xstate.after.timeout:paying.saga.paying' }

  it('goes on with the data of the signal', () => {
    const walk = new ChartWalk(define('fail'), input)
    expect(walk.timers).toEqual([[timeout.type, 500]])
    const event = { type: 'order.paid', data: { sum: 9 }, actor: null }
    expect(walk.send(event).asked).toEqual([['last', { amount: 9 }]])
  })

  it('turns back, or goes on with nothing, when the time is over', () => {
    expect(new ChartWalk(define('fail'), input).send(timeout).value).toBe('failed')
    const walk = new ChartWalk(define('continue'), input).send(timeout)
    expect(walk.asked).toEqual([['last', { amount: -1 }]])
  })

  it('is a signal of the definition', () => {
    expect(define('fail').signals.get('order.paid')).toMatchObject({ needsActor: false })
  })
})

describe('an approval', () => {
  const definition = defineSaga({
    ...saga,
    steps: [
      {
        name: 'sign-off',
        approval: { by: 'lead', deadlineMs: 900, escalate: { afterMs: 300, to: 'director' } },
      },
      { name: 'last', send: a },
    ],
  })
  const answer = (approved: boolean) => ({ type: 'sign-off', data: { approved }, actor: 'ann' })

  it('goes on or turns back by the answer', () => {
    expect(new ChartWalk(definition, input).send(answer(true)).ids).toEqual(['last'])
    expect(new ChartWalk(definition, input).send(answer(false)).value).toBe('failed')
  })

  it('escalates once, and turns back at its deadline', () => {
    const walk = new ChartWalk(definition, input)
    expect(walk.timers.map(([, delay]) => delay).sort()).toEqual([300, 900])
    walk.send({ type: 'xstate.after.escalate:sign-off.saga.sign-off' })
    expect(walk.said).toEqual([
      expect.objectContaining({
        type: 'sagaline.escalate',
        params: { to: 'director', step: 'sign-off' },
      }),
    ])
    expect(walk.value).toBe('sign-off')
    walk.send({ type: 'xstate.after.deadline:sign-off.saga.sign-off' })
    expect(walk.value).toBe('failed')
  })

  it('is a signal that needs to say who it is', () => {
    const signal = definition.signals.get('sign-off')
    expect(signal?.needsActor).toBe(true)
    expect(signal?.check({ approved: true, comment: 'fine' })).toBeNull()
    expect(signal?.check({ approved: 'yes' })).not.toBeNull()
  })
})

describe('a time', () => {
  const timersOf = (item: object) => {
    const steps = [item, { name: 'last', send: a }] as never
    return new ChartWalk(defineSaga({ ...saga, steps }), input).timers
  }

  it.each([
    ['a delay', { delayMs: 40 }, 'delay', 40],
    [
      'a delay made of the input',
      { delayMs: (given: { input: Input }) => given.input.amount },
      'delay',
      7,
    ],
    ['a date', { until: () => new Date(5_000) }, 'until', 5_000],
    ['a text', { until: () => '1970-01-01T00:00:06Z' }, 'until', 6_000],
    ['a number', { until: () => 7_000 }, 'until', 7_000],
  ])('is %s', (_, item, word, time) => {
    expect(timersOf({ name: 'rest', ...item })).toEqual([
      [`xstate.after.${word}:rest.saga.rest`, time],
    ])
  })

  it('passes', () => {
    const steps = [
      { name: 'rest', delayMs: 40 },
      { name: 'last', send: a },
    ] as const
    const walk = new ChartWalk(defineSaga({ ...saga, steps }), input)
    expect(walk.send({ type: 'xstate.after.delay:rest.saga.rest' }).ids).toEqual(['last'])
  })

  it.each(['2026-01-01T00:00:00', 'tomorrow'])('is not %s, which names no zone', (text) => {
    expect(() => timersOf({ name: 'rest', until: () => text })).toThrow('no date with a time zone')
  })
})

describe('a child saga', () => {
  const child = defineSaga({
    name: 'child',
    version: 3,
    input: Amount,
    output: ({ reply, input }) => ({ id: reply(createOrder).orderId, amount: input.amount }),
    steps: [{ name: 'create', send: createOrder }],
  })
  const definition = defineSaga({
    ...saga,
    steps: [
      { name: 'trip', saga: child, with: ({ input }) => ({ amount: input.amount + 1 }) },
      { name: 'last', send: a, with: ({ reply }) => ({ amount: reply(child).amount }) },
    ],
  })

  it('is started by a command, and its output is the reply', () => {
    const walk = new ChartWalk(definition, input)
    expect(walk.asked).toEqual([['trip', { saga: 'child', version: 3, input: { amount: 8 } }]])
    expect(walk.done('trip', { id: 'o1', amount: 12 }).asked).toEqual([['last', { amount: 12 }]])
  })

  it('is a step with limits of its own', () => {
    const days = 24 * 60 * 60 * 1_000
    const step = definition.steps.get('trip')
    expect(step).toMatchObject({ child, retry: { attempts: 1, timeoutMs: 30 * days } })
    expect(step?.command).toMatchObject({ name: 'sagaline.run-saga', topic: 'sagaline.starts' })
    expect(step?.command.undo?.name).toBe('sagaline.undo-saga')
    const payload = { saga: 'child', version: 3, input: { amount: 8 } }
    expect(step?.command.checkPayload(payload)).toBeNull()
    expect(step?.command.checkPayload({ ...payload, input: {} })).not.toBeNull()
  })

  it('gives its output when it has completed', () => {
    const walk = new ChartWalk(child, input).done('create', { orderId: 'o1' })
    expect(child.output(walk.context)).toEqual({ id: 'o1', amount: 7 })
    expect(definition.output(walk.context)).toBeNull()
  })

  it('may be one of many', () => {
    const steps = [
      {
        name: 'trips',
        forEach: () => [1, 2],
        saga: child,
        with: ({ item }: GivenItem<Input, number>) => ({ amount: item }),
      },
    ] as const
    expect(new ChartWalk(defineSaga({ ...saga, steps }), input).asked[1]).toEqual([
      'trips#1',
      { saga: 'child', version: 3, input: { amount: 2 } },
    ])
  })
})

it('an answer that did not come is an error by name', () => {
  const definition = defineSaga({
    ...saga,
    steps: [
      { name: 'route', choose: [{ when: () => false, steps: [{ name: 'a', send: a }] }] },
      { name: 'b', send: b, with: ({ reply }) => ({ amount: Number(reply(a)) }) },
    ],
  })
  const problem = 'no step before has an answer of sample.do-a'
  expect(() => new ChartWalk(definition, input)).toThrow(problem)
})

describe('a name that every object seems to know', () => {
  it('is one like any other for a loop and for a signal', () => {
    const heard = defineSignal({ name: 'valueOf', data: Type.Null() })
    const round = { name: 'a', send: a } as const
    const loop = { name: 'constructor', repeat: [round], timesMax: 2 } as const
    const seen: unknown[] = []
    const until = ({ signal }: Given<Input>) => {
      seen.push(signal(heard))
      return false
    }
    const never = [{ when: () => false, steps: [{ name: 'wait', waitFor: heard }] }] as const
    const steps = [
      { name: 'route', choose: never },
      { ...loop, until },
    ] as const
    const walk = new ChartWalk(defineSaga({ ...saga, steps: steps as never }), input)
    expect(walk.done('a').ids).toEqual(['a'])
    expect(walk.done('a').value).toBe('failed')
    expect(new Set(seen)).toEqual(new Set([null]))
  })
})
