// The order for several shops: its parts are sagas.
import { describe, expect, it } from 'vitest'
import { orderFromShop, orderFromShops } from '../../examples/child-sagas/saga.ts'
import { testSaga } from '../../testing/index.ts'

const parts = ['a', 'b', 'c', 'd'].map((shop) => ({ shop, item: 'mug' }))

describe('the parent', () => {
  it('runs three parts at a time, and ships from all shelves', () => {
    const saga = testSaga(orderFromShops, { parts })
    expect(saga.awaited.map(({ visit }) => visit)).toEqual([1, 2, 3])
    saga.succeed('parts', 'shelf 2', { visit: 2 })
    expect(saga.awaited.map(({ visit }) => visit)).toEqual([1, 3, 4])
    for (const visit of [4, 3, 1]) saga.succeed('parts', `shelf ${visit}`, { visit })
    expect(saga.awaited).toMatchObject([
      { step: 'ship', payload: { shelves: ['shelf 1', 'shelf 2', 'shelf 3', 'shelf 4'] } },
    ])
  })

  it('takes back its parts, the last one first, when one is refused', () => {
    const saga = testSaga(orderFromShops, { parts })
    saga.succeed('parts', 'shelf 1', { visit: 1 })
    saga.refuse('parts', 'sold out', { visit: 2 })
    // Parts 3 and 4 are still on their way: they are taken back where they are.
    const undone: number[] = []
    for (let next = saga.awaited[0]; next; next = saga.awaited[0]) {
      undone.push(next.visit)
      saga.succeed('parts', null, { visit: next.visit })
    }
    expect(undone).toEqual([4, 3, 1])
    expect(saga.status).toBe('compensated')
  })
})

describe('the child', () => {
  it('gives its shelf', () => {
    const saga = testSaga(orderFromShop, { shop: 'a', item: 'mug' })
    saga.succeed('reserve', { shelf: 'shelf 1' })
    saga.succeed('wrap')
    expect(saga.output).toBe('shelf 1')
  })
})
