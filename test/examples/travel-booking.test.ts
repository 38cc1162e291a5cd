// The trip: bookings side by side, settled and undone in an order of their own.
import { describe, expect, it } from 'vitest'
import { bookTrip } from '../../examples/travel-booking/saga.ts'
import { testSaga } from '../../testing/index.ts'

const trip = { traveller: 'ann', from: 'OSL', to: 'FNC' }
const booked = (reference: string) => ({ reference })

function start() {
  const saga = testSaga(bookTrip, trip)
  saga.grantLocks()
  return saga
}

const awaitedBy = (saga: ReturnType<typeof start>) =>
  saga.awaited.map(({ step, direction }) => `${step} ${direction}`)

describe('a trip', () => {
  it('waits until its traveller books no other one', () => {
    const saga = testSaga(bookTrip, trip)
    expect(saga.status).toBe('waiting')
    expect(saga.awaited).toEqual([])
    saga.grantLocks()
    expect(saga.status).toBe('running')
  })

  it('is paid once everything is booked', () => {
    const saga = start()
    expect(awaitedBy(saga)).toEqual(['hotel do', 'flight do'])
    saga.succeed('flight', booked('F1'))
    saga.succeed('hotel', booked('H1'))
    expect(awaitedBy(saga)).toEqual(['car do'])
    saga.succeed('car', booked('C1'))
    expect(saga.awaited).toMatchObject([
      { step: 'pay', payload: { traveller: 'ann', references: ['H1', 'F1', 'C1'] } },
    ])
    saga.succeed('pay')
    expect(saga.status).toBe('completed')
  })

  it('settles what is under way before anything is cancelled', () => {
    const saga = start()
    saga.refuse('flight', 'sold out')
    expect(saga.status).toBe('compensating')
    expect(awaitedBy(saga)).toEqual(['hotel do'])
    saga.succeed('hotel', booked('H1'))
    expect(awaitedBy(saga)).toEqual(['hotel undo'])
    saga.succeed('hotel')
    expect(saga.status).toBe('compensated')
  })

  it('is cancelled in the same order, whichever answer came first', () => {
    const orders = [
      ['hotel', 'flight', 'car'],
      ['flight', 'car', 'hotel'],
      ['flight', 'hotel', 'car'],
    ] as const
    for (const order of orders) {
      const saga = start()
      for (const step of order) saga.succeed(step, booked(step))
      saga.refuse('pay', 'no money')
      const undone: string[] = []
      for (let next = saga.awaited[0]; next; next = saga.awaited[0]) {
        undone.push(next.step)
        saga.succeed(next.step)
      }
      expect(undone).toEqual(['car', 'flight', 'hotel'])
    }
  })

  it('turns back when it takes too long', () => {
    const saga = start()
    saga.succeed('hotel', booked('H1'))
    saga.passTime(60_000)
    expect(saga.status).toBe('compensating')
    saga.succeedAll()
    expect(saga.status).toBe('compensated')
  })
})
