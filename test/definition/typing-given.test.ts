// What must not compile: asking for the answer of a step, or for a signal, that is not before. The
// compiler is the test: each expected error that is none fails it. None of these sagas runs.
import { Type } from 'typebox'
import { expectTypeOf, it } from 'vitest'
import { defineCommand } from '../../messaging/contract.ts'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { defineSignal } from '../../orchestrator/definition/define-signal.ts'
import type { Given, GivenItem } from '../../orchestrator/definition/given.ts'
import { Amount } from '../engine/sample-contracts.ts'

const saga = { name: 'saga', version: 1, input: Amount } as const
const topic = 'sample.commands'
const reply = Type.Object({ id: Type.String() })
const undo = defineCommand({ name: 'sample.undo', topic, payload: Amount })
const a = defineCommand({ name: 'sample.a', topic, payload: Amount, reply, undo })
const b = defineCommand({ name: 'sample.b', topic, payload: Amount, reply, undo })
const Sum = Type.Object({ sum: Type.Number() })
const paid = defineSignal({ name: 'paid', data: Sum })
const left = defineSignal({ name: 'left', data: Sum })
const child = defineSaga({ ...saga, name: 'child', steps: [{ name: 'a', send: a }] })
const other = defineSaga({ ...saga, name: 'other', steps: [{ name: 'a', send: a }] })

/** Takes anything, so that a function can ask for several things. */
const amountOf = (..._: readonly unknown[]) => ({ amount: 7 })

it('a step knows what stands before it in its list, and nothing else', () => {
  defineSaga({
    ...saga,
    steps: [
      // @ts-expect-error it asks for its own answer
      { name: 'a', send: a, with: ({ reply }) => amountOf(reply(a)) },
      { name: 'trip', saga: child },
      { name: 'paying', waitFor: paid },
      {
        name: 'b',
        send: b,
        with: ({ reply, replies, signal }) => {
          expectTypeOf(reply(a)).toEqualTypeOf<{ id: string }>()
          expectTypeOf(replies(a)).toEqualTypeOf<{ id: string }[]>()
          expectTypeOf(signal(paid)).toEqualTypeOf<{ sum: number } | null>()
          // @ts-expect-error step b is this one
          replies(b)
          // @ts-expect-error no step starts other, which looks just like child
          reply(other)
          // @ts-expect-error nothing waits for left
          signal(left)
          return amountOf(reply(child))
        },
      },
      // @ts-expect-error left comes later
      { name: 'soon', delayMs: ({ signal }) => signal(left)?.sum ?? 5 },
      // @ts-expect-error left comes later
      { name: 'then', until: ({ signal }) => signal(left)?.sum ?? 5 },
      { name: 'leaving', waitFor: left },
    ],
  })
})

it('a branch knows what stands before it, but not what stands beside it', () => {
  defineSaga({
    ...saga,
    steps: [
      { name: 'trip', saga: child },
      {
        name: 'both',
        parallel: {
          x: [
            { name: 'x1', send: a },
            { name: 'x2', send: a, with: ({ reply }) => amountOf(reply(a), reply(child)) },
            // @ts-expect-error b stands beside it
            { name: 'x3', send: a, with: ({ reply }) => amountOf(reply(b)) },
          ],
          y: [
            { name: 'y1', send: b },
            // @ts-expect-error a stands beside it
            { name: 'y2', send: b, with: ({ reply }) => amountOf(reply(a)) },
          ],
        },
      },
      { name: 'after', send: a, with: ({ reply }) => amountOf(reply(a), reply(b)) },
    ],
  })
})

it('a way knows what stands before the choice; what follows knows every way', () => {
  defineSaga({
    ...saga,
    steps: [
      { name: 'first', send: a },
      {
        name: 'route',
        choose: [
          {
            when: ({ reply }) => reply(a).id === '',
            steps: [
              { name: 'b', send: b },
              { name: 'paying', waitFor: paid },
              { name: 'soon', delayMs: ({ signal }) => signal(paid)?.sum ?? 5 },
            ],
          },
          {
            // @ts-expect-error paid is of another way
            when: ({ signal }) => signal(paid) === null,
            // @ts-expect-error b is of another way
            steps: [{ name: 'c', send: a, with: ({ reply }) => amountOf(reply(b)) }],
          },
        ],
      },
      { name: 'last', send: a, with: ({ reply, signal }) => amountOf(reply(b), signal(paid)) },
    ],
  })
})

it('the end of a round knows what was in it', () => {
  defineSaga({
    ...saga,
    steps: [
      {
        name: 'loop',
        repeat: [
          // @ts-expect-error its answer of the round before is gone
          { name: 'a', send: a, with: ({ replies }) => amountOf(replies(a)) },
          { name: 'paying', waitFor: paid },
        ],
        until: ({ reply, signal }) => reply(a).id === '' && signal(paid) !== null,
        timesMax: 2,
      },
      {
        name: 'again',
        repeat: [{ name: 'b', send: b }],
        // @ts-expect-error nothing waits for left
        until: ({ signal }) => signal(left) !== null,
        timesMax: 2,
      },
    ],
  })
})

it('the list of a forEach is made of what stands before it', () => {
  const one = ({ item }: GivenItem<{ amount: number }, number>) => ({ amount: item })
  defineSaga({
    ...saga,
    steps: [
      // @ts-expect-error b comes later
      { name: 'each', forEach: ({ replies }) => [replies(b).length], send: a, with: one },
      { name: 'b', send: b },
      { name: 'more', forEach: ({ replies }) => [replies(a).length], send: a, with: one },
    ],
  })
})

it('the output knows every step and every signal', () => {
  defineSaga({
    ...saga,
    output: ({ reply, signal }) => {
      expectTypeOf(signal(paid)).toEqualTypeOf<{ sum: number } | null>()
      // @ts-expect-error no step asks for b
      reply(b)
      return reply(a)
    },
    steps: [
      { name: 'loop', repeat: [{ name: 'a', send: a }], until: () => true, timesMax: 2 },
      { name: 'paying', waitFor: paid },
    ],
  })
})

it('a list that is made while the program runs is left to the run time', () => {
  const steps = ['x', 'y'].map((name) => ({ name, send: a }))
  defineSaga({ ...saga, steps, output: ({ reply }) => reply(a) })
  const asks = ({ reply }: Given<{ amount: number }>) => amountOf(reply(b))
  defineSaga({ ...saga, steps: [{ name: 'a', send: a, with: asks }] })
})
