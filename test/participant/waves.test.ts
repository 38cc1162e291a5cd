// How a batch is cut into waves, and how bodies are told apart: no database needed.
import { expect, test } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import type { CommandContract } from '../../messaging/contract.ts'
import { encodeMessage } from '../../messaging/envelope.ts'
import type { SagaId } from '../../messaging/message.ts'
import { bodyHashes } from '../../participant/body-hash.ts'
import { sortRecords } from '../../participant/intake.ts'
import { splitIntoWaves } from '../../participant/waves.ts'
import { ledgerHandlers } from './ledger.ts'
import { commandMessage, newSagaId, toIncoming } from './stub-bus.ts'

const handlers = new Map(ledgerHandlers().handlers.map((one) => [one.contract.name, one]))

function receive(sagaIds: readonly SagaId[]) {
  const records = sagaIds.map((sagaId, index) =>
    toIncoming(
      encodeMessage(commandMessage({ sagaId, type: 'ledger.add', visit: index + 1 })),
      BigInt(index),
    ),
  )
  const receiving = { service: 'ledger', handlers, cipher: noKeys, takenAtMs: 0 }
  return sortRecords(receiving, records).commands
}

test('a wave has one command of a saga, in the order of arrival, sorted by saga', () => {
  const [a, b, c] = [newSagaId(), newSagaId(), newSagaId()].sort() as [SagaId, SagaId, SagaId]
  const waves = splitIntoWaves(receive([c, a, c, b, a, c]))
  expect(waves.map((wave) => wave.map(({ command }) => [command.sagaId, command.visit]))).toEqual([
    [
      [a, 2],
      [b, 4],
      [c, 1],
    ],
    [
      [a, 5],
      [c, 3],
    ],
    [[c, 6]],
  ])
})

test('no records make no waves', () => {
  expect(splitIntoWaves([])).toEqual([])
})

const bodyHash = (name: string, payload: unknown) =>
  bodyHashes({ name, payload: {}, reply: {}, refusal: {} } as CommandContract, payload, noKeys)

test('the hash of a body does not depend on the order of keys at any depth', () => {
  const left = bodyHash('x', { a: 1, b: [{ c: null, d: 'e' }] })
  expect(bodyHash('x', { b: [{ d: 'e', c: null }], a: 1 })).toEqual(left)
  expect(bodyHash('x', { b: [{ d: 'e', c: 0 }], a: 1 })).not.toEqual(left)
  expect(bodyHash('y', { a: 1, b: [{ c: null, d: 'e' }] })).not.toEqual(left)
  expect(bodyHash('x', [1, 2])).not.toEqual(bodyHash('x', [2, 1]))
  expect(bodyHash('x', { a: { b: 1 } })).not.toEqual(bodyHash('x', { a: 1, b: 1 }))
})
