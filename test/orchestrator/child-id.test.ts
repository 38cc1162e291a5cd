// The id of a child saga is derived: a UUIDv7 that only depends on its parent's command.
import { expect, it } from 'vitest'
import type { MessageId } from '../../messaging/message.ts'
import { childSagaId, isIssuedAt } from '../../orchestrator/coordinator/child-id.ts'

const command = '0198c5a0-0000-7000-8000-000000000001/book/do/1' as MessageId
const other = '0198c5a0-0000-7000-8000-000000000001/book/do/2' as MessageId
const issuedAt = Date.parse('2026-05-01T10:00:00.000Z')

it('is the same for the same command, and another one for every other', () => {
  expect(childSagaId(command, issuedAt)).toBe(childSagaId(command, issuedAt))
  expect(childSagaId(command, issuedAt)).not.toBe(childSagaId(other, issuedAt))
})

it('is a UUIDv7', () => {
  for (const one of [command, other]) {
    expect(childSagaId(one, issuedAt)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    )
  }
})

it('sorts by the time of issue', () => {
  const times = [0, 1, 255, 256, issuedAt, issuedAt + 1, 2 ** 48 - 1]
  const ids = times.map((time) => childSagaId(command, time))
  expect(ids).toEqual(ids.toSorted())
})

it('has room for the times of 48 bits', () => {
  expect([0, issuedAt, 2 ** 48 - 1].map(isIssuedAt)).toEqual([true, true, true])
  expect([-1, 2 ** 48, 0.5, Number.NaN].map(isIssuedAt)).toEqual([false, false, false, false])
})
