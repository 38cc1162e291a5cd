// What a `forEach` of `defineSaga` compiles to, walked with XState alone and through JSON.
import { Type } from 'typebox'
import { describe, expect, it } from 'vitest'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import type { GivenItem } from '../../orchestrator/definition/given.ts'
import { createOrder, undoable } from '../engine/sample-contracts.ts'
import { ChartWalk } from './chart-walk.ts'

const saga = { name: 'saga', version: 1 } as const
const a = undoable('a')

describe('forEach', () => {
  const Numbers = Type.Object({ numbers: Type.Array(Type.Number()) })
  type Numbers = { numbers: number[] }
  const definition = defineSaga({
    ...saga,
    input: Numbers,
    steps: [
      {
        name: 'each',
        forEach: ({ input }) => input.numbers,
        atMost: 2,
        send: createOrder,
        with: ({ item, index }: GivenItem<Numbers, number>) => ({ amount: item * 10 + index }),
      },
      {
        name: 'last',
        send: a,
        with: ({ replies }) => ({
          amount: replies(createOrder).filter((one) => one?.orderId === 'o').length,
        }),
      },
    ],
  })
  const walkOf = (...numbers: readonly number[]) => new ChartWalk(definition, { numbers })
  const each = (walk: ChartWalk) => (walk.context['each'] as Record<string, object>)['each']

  it('with more items than lanes gives each lane its next one', () => {
    const walk = walkOf(1, 2, 3, 4)
    expect(walk.asked).toEqual([
      ['each#0', { amount: 10 }],
      ['each#1', { amount: 21 }],
    ])
    expect(walk.done('each#1', { orderId: 'o' }).asked).toEqual([['each#1', { amount: 32 }]])
    expect(walk.done('each#1', { orderId: 'x' }).asked).toEqual([['each#1', { amount: 43 }]])
    expect(walk.done('each#0', { orderId: 'o' }).asked).toEqual([])
    expect(each(walk)).toMatchObject({
      replies: [{ orderId: 'o' }, { orderId: 'o' }, { orderId: 'x' }, null],
    })
    expect(walk.done('each#1').asked).toEqual([['last', { amount: 2 }]])
  })

  it('with fewer items than lanes leaves the others out', () => {
    expect(walkOf(1).ids).toEqual(['each#0'])
    expect(walkOf(1).done('each#0').ids).toEqual(['last'])
  })

  it('with no item goes on', () => expect(walkOf().ids).toEqual(['last']))

  it('fails when one of them fails', () => {
    expect(walkOf(1, 2, 3).fail('each#1').value).toBe('failed')
  })

  it('takes no more than 1,000 items', () => {
    expect(() => walkOf(...Array.from({ length: 1_001 }, () => 1))).toThrow('at most 1000')
    expect(walkOf(...Array.from({ length: 1_000 }, () => 1)).ids).toHaveLength(2)
  })

  it('has items in their order, so lanes are no branches', () => {
    expect(definition.paths.get('each#1')).toBeUndefined()
    expect([...definition.steps.keys()]).toEqual(['each', 'last'])
  })
})
