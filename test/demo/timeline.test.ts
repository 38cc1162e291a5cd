// The demo's table and verdicts: sagas are moved by the engine itself, and what it tells is shown.
import { describe, expect, it } from 'vitest'
import type { Json, MessageId, ReplyOutcome, SagaId } from '../../messaging/message.ts'
import { advance } from '../../orchestrator/engine/advance.ts'
import type { SagaEvent } from '../../orchestrator/engine/event.ts'
import type { Saga } from '../../orchestrator/engine/saga.ts'
import { judge } from '../../services/demo/judge.ts'
import { createPaint } from '../../services/demo/paint.ts'
import type { HistoryEntry } from '../../services/demo/saga-api.ts'
import { scenarios } from '../../services/demo/scenarios.ts'
import { timelineLines } from '../../services/demo/timeline.ts'
import { placeOrder } from '../../services/place-order/saga.ts'

const sagaId = '0199b2a0-0000-7000-8000-000000000001' as SagaId
const start = Date.parse('2026-01-01T00:00:00.000Z')
const plain = createPaint(false)

type Moment = readonly [atMs: number, event: SagaEvent]

const order = scenarios[0]?.order as unknown as Json
const started: Moment = [0, { type: 'started', sagaId, input: order }]

function replied(atMs: number, what: string, outcome: ReplyOutcome, data: Json): Moment {
  const commandId = `${sagaId}/${what}/1` as MessageId
  return [atMs, { type: 'replied', commandId, outcome, attempt: 1, data }]
}

const created = replied(9, 'createOrder/do', 'succeeded', { orderId: sagaId })
const paid = (atMs: number) => replied(atMs, 'takePayment/do', 'succeeded', { paymentId: sagaId })
const woken = (atMs: number): Moment => [atMs, { type: 'woken' }]

/** What REST would answer for a saga that these events moved. */
function historyOf(...moments: readonly Moment[]): readonly HistoryEntry[] {
  let saga: Saga | null = null
  return moments.map(([atMs, event]) => {
    const { saga: after, facts } = advance(placeOrder, saga, event, start + atMs)
    saga = after
    const at = new Date(start + atMs).toISOString()
    return { at, status: after.status, state: after.value, facts: [...facts] } as HistoryEntry
  })
}

const steps = [...placeOrder.steps.values()].map(({ name, command }) => ({
  name,
  command: command.name,
  undo: command.undo?.name ?? null,
}))

const shown = (history: readonly HistoryEntry[]) =>
  `\n${timelineLines({ history, steps, paint: plain }).join('\n')}\n`

describe('the timeline', () => {
  it('shows a completed saga, command by command', () => {
    const done = replied(27, 'completeOrder/do', 'succeeded', null)
    expect(shown(historyOf(started, created, paid(18), done))).toMatchInlineSnapshot(`
      "
          ms  step           command                     reply or decision            state
           0                                             started                      createOrder
           0  createOrder    orders.create-order
           9  createOrder                                done                         takePayment
           9  takePayment    payments.take-payment
          18  takePayment                                done                         completeOrder
          18  completeOrder  orders.complete-order
          27  completeOrder                              done                         completed
          27                                             completed
      "
    `)
  })

  it('shows a refusal and the way back', () => {
    const refused = replied(18, 'takePayment/do', 'refused', 'declined-on-demand')
    const cancelled = replied(30, 'createOrder/undo', 'succeeded', null)
    expect(shown(historyOf(started, created, refused, cancelled))).toMatchInlineSnapshot(`
      "
          ms  step           command                     reply or decision            state
           0                                             started                      createOrder
           0  createOrder    orders.create-order
           9  createOrder                                done                         takePayment
           9  takePayment    payments.take-payment
          18  takePayment                                refused: declined-on-demand  compensating
          18                                             turns back
          18  createOrder    orders.cancel-order
          30  createOrder                                undone                       compensated
          30                                             compensated
      "
    `)
  })

  it('shows silence, resends, the unknown outcome and late replies', () => {
    const timeouts = Array.from({ length: 3 }, (_, i) => woken(30_010 * (i + 1)))
    const refunded = replied(90_200, 'takePayment/undo', 'succeeded', null)
    const cancelled = replied(90_209, 'createOrder/undo', 'succeeded', null)
    const history = historyOf(started, created, ...timeouts, paid(90_190), refunded, cancelled)
    expect(shown(history)).toMatchInlineSnapshot(`
      "
          ms  step           command                     reply or decision            state
           0                                             started                      createOrder
           0  createOrder    orders.create-order
           9  createOrder                                done                         takePayment
           9  takePayment    payments.take-payment
       30010  takePayment                                no reply in time
       30010  takePayment    payments.take-payment #2
       60020  takePayment                                no reply in time
       60020  takePayment    payments.take-payment #3
       90030  takePayment                                no reply in time             compensating
       90030  takePayment                                outcome unknown
       90030                                             turns back
       90030  takePayment    payments.refund-payment
       90190  takePayment                                late reply: succeeded
       90200  takePayment                                undone
       90200  createOrder    orders.cancel-order
       90209  createOrder                                undone                       compensated
       90209                                             compensated
      "
    `)
  })

  it('fits into 100 columns whatever the services say', () => {
    const refused = replied(1_234_567, 'createOrder/do', 'refused', 'no '.repeat(90))
    for (const line of shown(historyOf(started, refused)).split('\n')) {
      expect(line.length).toBeLessThanOrEqual(100)
    }
  })
})

describe('the verdict', () => {
  const scenario = scenarios.find(({ way }) => way === 'outage')
  const row = { customerId: 'barbara', amount: 7_700 }
  const cancelled = { ...row, status: 'CANCELLED' }
  const step = (name: string, outcome: string) => ({ name, outcome, attempts: 2, attemptsMax: 2 })
  const saga = {
    id: sagaId,
    status: 'compensated',
    steps: [step('createOrder', 'done'), step('takePayment', 'unknown')],
  }
  const judged = (orders: readonly object[], payments: readonly object[], status = saga.status) =>
    scenario &&
    judge(scenario.end, {
      saga: { ...saga, status },
      rows: { orders, payments } as Parameters<typeof judge>[1]['rows'],
      sagas: 1,
      starts: null,
    })

  const refunded = { ...row, status: 'REFUNDED' }

  it('accepts the end that is right', () => {
    expect(judged([cancelled], [refunded])).toEqual([])
  })

  it('names money that was kept, rows that are there twice, and a saga that is stuck', () => {
    const taken = { ...row, status: 'TAKEN' }
    expect(judged([cancelled], [taken])).toEqual(['the payment is TAKEN, must be REFUNDED'])
    expect(judged([cancelled, cancelled], [refunded])).toEqual([
      'the order is CANCELLED and CANCELLED, must be CANCELLED',
    ])
    expect(judged([cancelled], [refunded], 'stuck')).toEqual([
      'the saga is stuck, must be compensated',
    ])
  })
})
