// The parcel: carriers are asked in turn.
import { describe, expect, it } from 'vitest'
import { shipParcel } from '../../examples/raw-statechart/saga.ts'
import { testSaga } from '../../testing/index.ts'

const input = { parcel: 'p1', carriers: ['post', 'ups', 'dhl'] }

function packed() {
  const saga = testSaga(shipParcel, input)
  saga.succeed('pack')
  return saga
}

describe('a parcel', () => {
  it('goes to the first carrier that takes it', () => {
    const saga = packed()
    saga.refuse('handOver', 'too heavy')
    expect(saga.awaited).toMatchObject([{ payload: { carrier: 'ups' }, visit: 2 }])
    saga.succeed('handOver')
    expect(saga.status).toBe('completed')
  })

  it('is unpacked when nobody takes it', () => {
    const saga = packed()
    for (const carrier of input.carriers) {
      expect(saga.awaited).toMatchObject([{ payload: { carrier } }])
      saga.refuse('handOver', 'too heavy')
    }
    expect(saga.awaited).toMatchObject([{ step: 'pack', direction: 'undo' }])
    saga.succeedAll()
    expect(saga.status).toBe('compensated')
  })

  it('is called back from a carrier that never answered, though another took it', () => {
    const saga = packed()
    saga.passTime(10 * 60_000)
    saga.succeedAll()
    expect(saga.status).not.toBe('running')
    expect(saga.steps[1]).toMatchObject({ name: 'handOver', outcome: 'unknown', undo: 'done' })
  })
})
