// A participant that dies at each of the points that every command passes: the command is delivered again to another
// one, has one effect, and is answered with the same reply and events.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ParticipantPoint } from '../../participant/index.ts'
import { ledgerOf } from './ledger.ts'
import { createLedgerDatabase, startWorld } from './participant-world.ts'
import { commandMessage, newSagaId } from './stub-bus.ts'
import type { TestDatabase } from './test-database.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createLedgerDatabase()
})

afterAll(() => database.drop())

const commandPoints = [
  'participant.before-commit',
  'participant.after-commit-before-reply',
  'participant.after-reply-before-offset',
] as const satisfies readonly ParticipantPoint[]

/** Whether the dead one had published, by the point at which it died. */
const hadPublished: Readonly<Record<(typeof commandPoints)[number], boolean>> = {
  'participant.before-commit': false,
  'participant.after-commit-before-reply': false,
  'participant.after-reply-before-offset': true,
}

test.each(commandPoints)('a crash at %s loses and doubles nothing', async (point) => {
  const dying = await startWorld(database, {
    onPoint: (passed) => {
      if (passed === point) throw new Error('crashed on demand')
    },
  })
  const heir = await startWorld(database)
  const messages = [1, 2, 3].map((amount) =>
    commandMessage({ sagaId: newSagaId(), type: 'ledger.add', data: { amount } }),
  )
  await expect(dying.bus.deliver(...messages)).rejects.toThrow('crashed on demand')
  const idsOf = (world: typeof dying) => world.bus.published.map(({ id }) => id)
  expect(idsOf(dying)).toHaveLength(hadPublished[point] ? 6 : 0)
  await heir.bus.deliver(...messages)
  expect(heir.bus.replies().map(({ outcome }) => outcome)).toEqual(Array(3).fill('succeeded'))
  if (hadPublished[point]) expect(idsOf(heir)).toEqual(idsOf(dying))
  for (const [index, message] of messages.entries()) {
    expect(await ledgerOf(database.db, message.key)).toEqual({ sum: index + 1, rows: 1 })
  }
  await dying.participant.stop()
  await heir.participant.stop()
})

test('points are passed in order', async () => {
  const passed: string[] = []
  const world = await startWorld(database, { onPoint: (point) => void passed.push(point) })
  await world.send(commandMessage({ sagaId: newSagaId(), type: 'ledger.add' }))
  expect(passed).toEqual(commandPoints)
  await world.participant.stop()
})
