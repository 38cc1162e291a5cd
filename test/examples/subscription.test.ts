// The subscription: a year of it passes in a moment.
import { describe, expect, it } from 'vitest'
import { monthMs, subscription } from '../../examples/subscription/saga.ts'
import { testSaga } from '../../testing/index.ts'

const input = { customer: 'ann', cents: 900 }

describe('a subscription', () => {
  it('is charged twelve times, a month apart, then closed', () => {
    const saga = testSaga(subscription, input)
    for (let month = 1; month <= 12; month++) {
      expect(saga.awaited).toMatchObject([{ step: 'charge', visit: month }])
      saga.succeed('charge')
      saga.passTime(monthMs)
    }
    saga.succeed('close')
    expect(saga.status).toBe('completed')
    expect(saga.now).toBe(12 * monthMs)
  })

  it('ends when the customer leaves, and keeps what was charged', () => {
    const saga = testSaga(subscription, input)
    saga.succeed('charge')
    saga.passTime(monthMs / 2)
    saga.signal('leave', { why: 'moving' })
    expect(saga.awaited).toMatchObject([{ step: 'close' }])
    saga.succeed('close')
    expect(saga.status).toBe('completed')
    expect(saga.steps.filter(({ undo }) => undo !== 'none')).toEqual([])
  })

  it('heeds a leave that comes while it charges', () => {
    const saga = testSaga(subscription, input)
    saga.signal('leave', { why: 'moving' })
    saga.succeed('charge')
    expect(saga.awaited).toMatchObject([{ step: 'close' }])
  })

  it('is closed when a charge is refused', () => {
    const saga = testSaga(subscription, input)
    saga.succeed('charge')
    saga.passTime(monthMs)
    saga.refuse('charge', 'no money')
    saga.succeed('close')
    expect(saga.status).toBe('completed')
  })
})
