// The expense: a person approves, or somebody else does, or the budget is free again.
import { describe, expect, it } from 'vitest'
import { claimExpense } from '../../examples/approval/saga.ts'
import { testSaga } from '../../testing/index.ts'

const hourMs = 3_600_000

function waiting() {
  const saga = testSaga(claimExpense, { employee: 'ann', cents: 20_000 })
  saga.succeed('reserve')
  return saga
}

describe('an expense', () => {
  it('that is small needs nobody', () => {
    const saga = testSaga(claimExpense, { employee: 'ann', cents: 4_000 })
    saga.succeed('reserve')
    saga.succeed('payOut')
    expect(saga.status).toBe('completed')
  })

  it('is paid out once it is approved, by whoever says who it is', () => {
    const saga = waiting()
    expect(() => saga.signal('approve', { approved: true })).toThrow('must say who sends it')
    saga.signal('approve', { approved: true }, 'lea')
    saga.succeed('payOut')
    expect(saga.status).toBe('completed')
  })

  it('may be approved before anybody asked', () => {
    const saga = testSaga(claimExpense, { employee: 'ann', cents: 20_000 })
    saga.signal('approve', { approved: true }, 'lea')
    saga.succeed('reserve')
    expect(saga.awaited).toMatchObject([{ step: 'payOut' }])
  })

  it('goes to the director after a day, and back after three', () => {
    const saga = waiting()
    saga.passTime(24 * hourMs)
    expect(saga.facts).toContainEqual(
      expect.objectContaining({
        type: 'approval.escalated',
        detail: expect.objectContaining({ to: 'director' }),
      }),
    )
    expect(saga.status).toBe('running')
    saga.passTime(48 * hourMs)
    expect(saga.awaited).toMatchObject([{ step: 'reserve', direction: 'undo' }])
    saga.succeedAll()
    expect(saga.status).toBe('compensated')
  })

  it('that is rejected frees the budget, and says why', () => {
    const saga = waiting()
    saga.signal('approve', { approved: false, comment: 'too much' }, 'lea')
    saga.succeedAll()
    expect(saga.status).toBe('compensated')
    expect(JSON.stringify(saga.failure?.reason)).toContain('too much')
  })

  it('cannot be approved when it is over', () => {
    const saga = waiting()
    saga.signal('approve', { approved: true }, 'lea')
    expect(() => saga.signal('approve', { approved: true }, 'lea')).toThrow('can no longer matter')
  })
})
