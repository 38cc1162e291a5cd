// Every sequence of dos and undos up to four, delivered one by one, in one batch, and by two
// participants at once: the net effect is always that of the do or nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Message } from '../../messaging/message.ts'
import { ledgerOf } from './ledger.ts'
import { createLedgerDatabase, startWorld, type World } from './participant-world.ts'
import { commandMessage, newSagaId } from './stub-bus.ts'
import type { TestDatabase } from './test-database.ts'

type Move = 'do' | 'undo'

const lengthMax = 4
const sequences: (readonly Move[])[] = [['do'], ['undo']]
for (let at = 0; at < sequences.length; at += 1) {
  const sequence = sequences[at] ?? []
  if (sequence.length < lengthMax) sequences.push([...sequence, 'do'], [...sequence, 'undo'])
}

let database: TestDatabase
let first: World
let second: World

beforeAll(async () => {
  database = await createLedgerDatabase()
  first = await startWorld(database)
  second = await startWorld(database)
})

afterAll(async () => {
  await first.participant.stop()
  await second.participant.stop()
  await database.drop()
})

function messagesFor(sequence: readonly Move[]): readonly Message[] {
  const sagaId = newSagaId()
  const issuedAt = new Date()
  return sequence.map((direction) =>
    commandMessage({
      sagaId,
      direction,
      issuedAt,
      type: direction === 'do' ? 'ledger.add' : 'ledger.remove',
    }),
  )
}

async function expectNetEffect(sequence: readonly Move[], messages: readonly Message[]) {
  const ledger = await ledgerOf(database.db, messages[0]?.key ?? '')
  expect(ledger?.sum).toBe(sequence.includes('undo') ? 0 : 1)
  expect(ledger?.rows).toBeLessThanOrEqual(2)
  return ledger
}

describe.each(sequences.map((sequence) => ({ name: sequence.join(', '), sequence })))(
  '$name',
  ({ sequence }) => {
    test('one by one', async () => {
      const messages = messagesFor(sequence)
      for (const message of messages) await first.send(message)
      const ledger = await expectNetEffect(sequence, messages)
      expect(ledger?.rows).toBe(sequence[0] === 'undo' ? 0 : sequence.includes('undo') ? 2 : 1)
    })

    test('in one batch, with a reply for each', async () => {
      const messages = messagesFor(sequence)
      first.bus.clear()
      await first.bus.deliver(...messages)
      await expectNetEffect(sequence, messages)
      expect(first.bus.replies().map((reply) => reply.causationId)).toEqual(
        messages.map((message) => message.id),
      )
    })

    test('by two participants at once', async () => {
      const messages = messagesFor(sequence)
      await Promise.all([
        first.bus.deliver(...messages),
        ...messages.map((message) => second.bus.deliver(message)),
      ])
      await expectNetEffect(sequence, messages)
    })
  },
)
