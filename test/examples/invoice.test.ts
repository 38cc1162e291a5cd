// The invoice: weeks of reminders pass in a moment.
import { describe, expect, it } from 'vitest'
import { collectInvoice } from '../../examples/invoice/saga.ts'
import { testSaga } from '../../testing/index.ts'

const dayMs = 24 * 3_600_000
const sendOn = '2026-03-01'
const invoice = { customer: 'ann', cents: 900, sendOn }

/** One that was sent on its day, ten days after the start. */
function sent() {
  const now = Date.parse(sendOn) - 10 * dayMs
  const saga = testSaga(collectInvoice, invoice, { now })
  expect(saga.awaited).toEqual([])
  saga.passTime(10 * dayMs)
  saga.succeed('send')
  return saga
}

const awaitedBy = (saga: ReturnType<typeof sent>) =>
  saga.awaited.map(({ step, direction, visit }) => `${step} ${direction} ${visit}`)

describe('an invoice', () => {
  it('is filed a day after it was paid', () => {
    const saga = sent()
    saga.signal('paid', { reference: 'P1' })
    saga.passTime(dayMs - 1)
    expect(saga.awaited).toEqual([])
    saga.passTime(1)
    saga.succeed('file')
    expect(saga.status).toBe('completed')
    expect(saga.output).toBe('P1')
  })

  it('is reminded of until it is paid', () => {
    const saga = sent()
    saga.passTime(14 * dayMs)
    expect(awaitedBy(saga)).toEqual(['remind do 1'])
    saga.succeed('remind')
    saga.passTime(13 * dayMs)
    saga.signal('paid', { reference: 'P1' })
    saga.passTime(dayMs)
    expect(awaitedBy(saga)).toEqual(['file do 1'])
  })

  it('is withdrawn with its reminders when nobody pays', () => {
    const saga = sent()
    for (let reminder = 1; reminder <= 3; reminder++) {
      saga.passTime(14 * dayMs)
      saga.succeed('remind')
    }
    expect(saga.status).toBe('compensating')
    const undone: string[] = []
    for (let [next] = saga.awaited; next; [next] = saga.awaited) {
      undone.push(`${next.step} ${next.visit}`)
      saga.succeed(next.step, null, { visit: next.visit })
    }
    expect(undone).toEqual(['remind 3', 'remind 2', 'remind 1', 'send 1'])
    expect(saga.status).toBe('compensated')
  })
})
