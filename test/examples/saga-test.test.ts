// The walk by hand that users test their sagas with, where no example needs it.
import { expect, it } from 'vitest'
import { defineSaga } from '../../orchestrator/definition/define-saga.ts'
import { testSaga } from '../../testing/saga-test.ts'
import { Amount, lasting } from '../engine/sample-contracts.ts'

const definition = defineSaga({
  name: 'locked',
  version: 1,
  input: Amount,
  lock: ({ amount }) => `amount ${amount}`,
  steps: [
    { name: 'pay', kind: 'pivot', send: lasting('pay'), attempts: 1 },
    { name: 'tell', kind: 'retriable', send: lasting('tell') },
  ],
})

it('a saga under test waits for its locks until it is granted them', () => {
  const saga = testSaga(definition, { amount: 7 })
  expect(saga.status).toBe('waiting')
  saga.grantLocks()
  expect(saga.awaited.map(({ step }) => step)).toEqual(['pay'])
})

it('a parked step of a saga under test can be skipped, and no other one', () => {
  const saga = testSaga(definition, { amount: 7 })
  saga.grantLocks()
  expect(() => saga.skip('pay', 'done')).toThrow(
    expect.objectContaining({ code: 'SAGA_NOT_STUCK' }),
  )
  saga.fail('pay')
  saga.skip('pay', 'done')
  expect(saga.awaited.map(({ step }) => step)).toEqual(['tell'])
})
