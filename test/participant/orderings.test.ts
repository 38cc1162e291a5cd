// Every sequence of dos and undos up to four, and every order of two sendings of each, delivered one
// by one, in one batch, and by two participants at once: the net effect is always that of the do or
// nothing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Message } from '../../messaging/message.ts'
import { ledgerOf } from './ledger.ts'
import { createLedgerDatabase, startWorld, type World } from './participant-world.ts'
import { commandMessage, newSagaId } from './stub-bus.ts'
import type { TestDatabase } from './test-database.ts'

type Move = 'do' | 'undo' | 'do again' | 'undo again'

const lengthMax = 4
const sequences: (readonly Move[])[] = [['do'], ['undo']]
for (let at = 0; at < sequences.length; at += 1) {
  const sequence = sequences[at] ?? []
  if (sequence.length < lengthMax) sequences.push([...sequence, 'do'], [...sequence, 'undo'])
}
const resent = ordersOf(['do', 'do again', 'undo', 'undo again'])

function ordersOf(moves: readonly Move[]): readonly (readonly Move[])[] {
  if (moves.length === 0) return [[]]
  return moves.flatMap((move, index) =>
    ordersOf(moves.toSpliced(index, 1)).map((rest) => [move, ...rest]),
  )
}

const isUndo = (move: Move | undefined) => move === 'undo' || move === 'undo again'

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
  return sequence.map((move) =>
    commandMessage({
      sagaId,
      direction: isUndo(move) ? 'undo' : 'do',
      attempt: move.endsWith('again') ? 2 : 1,
      issuedAt,
      type: isUndo(move) ? 'ledger.remove' : 'ledger.add',
    }),
  )
}

async function expectNetEffect(sequence: readonly Move[], messages: readonly Message[]) {
  const ledger = await ledgerOf(database.db, messages[0]?.key ?? '')
  expect(ledger?.sum).toBe(sequence.some(isUndo) ? 0 : 1)
  expect(ledger?.rows).toBeLessThanOrEqual(2)
  return ledger
}

describe.each(
  [...sequences, ...resent].map((sequence) => ({ name: sequence.join(', '), sequence })),
)('$name', ({ sequence }) => {
  test('one by one', async () => {
    const messages = messagesFor(sequence)
    for (const message of messages) await first.send(message)
    const ledger = await expectNetEffect(sequence, messages)
    expect(ledger?.rows).toBe(isUndo(sequence[0]) ? 0 : sequence.some(isUndo) ? 2 : 1)
  })

  test('in one batch, with a reply for each', async () => {
    const messages = messagesFor(sequence)
    first.bus.clear()
    await first.bus.deliver(...messages)
    await expectNetEffect(sequence, messages)
    const answered = first.bus.replies().map(({ causationId, attempt }) => [causationId, attempt])
    expect(answered).toEqual(messages.map(({ id, attempt }) => [id, attempt]))
  })

  test('by two participants at once', async () => {
    const messages = messagesFor(sequence)
    await Promise.all([
      first.bus.deliver(...messages),
      ...messages.map((message) => second.bus.deliver(message)),
    ])
    await expectNetEffect(sequence, messages)
  })
})
