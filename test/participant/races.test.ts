// The same commands at two participants at once, many times: the fence lets one effect through.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLedgerDatabase, startWorld, type World } from './participant-world.ts'
import { commandMessage, newSagaId } from './stub-bus.ts'
import type { TestDatabase } from './test-database.ts'

let database: TestDatabase
let worlds: readonly [World, World]

beforeAll(async () => {
  database = await createLedgerDatabase()
  worlds = [await startWorld(database), await startWorld(database)]
})

afterAll(async () => {
  for (const world of worlds) await world.participant.stop()
  await database.drop()
})

const rounds = 200

async function effects() {
  const { rows } = await database.db.query(`
    select count(*)::integer as sagas, min(n)::integer as least, max(n)::integer as most
    from (select count(*) as n from ledger group by saga_id) s`)
  return rows[0]
}

test(`the same command at two participants at once, ${rounds} times, has one effect each`, async () => {
  await database.db.query('truncate ledger')
  for (let round = 0; round < rounds; round += 1) {
    const message = commandMessage({ sagaId: newSagaId(), type: 'ledger.add' })
    await Promise.all(worlds.map((world) => world.bus.deliver(message)))
  }
  expect(await effects()).toEqual({ sagas: rounds, least: 1, most: 1 })
  for (const { bus } of worlds) {
    expect(bus.replies()).toHaveLength(rounds)
    expect(new Set(bus.replies().map(({ outcome }) => outcome))).toEqual(new Set(['succeeded']))
  }
})

test('overlapping batches in other orders do not lock each other out', async () => {
  await database.db.query('truncate ledger')
  for (let round = 0; round < 20; round += 1) {
    const messages = Array.from({ length: 30 }, () =>
      commandMessage({ sagaId: newSagaId(), type: 'ledger.add' }),
    )
    await Promise.all([
      worlds[0].bus.deliver(...messages.slice(0, 20)),
      worlds[1].bus.deliver(...messages.slice(10).reverse()),
    ])
  }
  expect(await effects()).toEqual({ sagas: 600, least: 1, most: 1 })
})

test('do at one and undo at the other at once never leaves an effect', async () => {
  await database.db.query('truncate ledger')
  for (let round = 0; round < 100; round += 1) {
    const sagaId = newSagaId()
    const done = commandMessage({ sagaId, type: 'ledger.add' })
    const undone = commandMessage({ sagaId, type: 'ledger.remove', direction: 'undo' })
    await Promise.all([worlds[0].bus.deliver(done), worlds[1].bus.deliver(undone)])
  }
  const { rows } = await database.db.query(
    'select saga_id from ledger group by saga_id having sum(amount) <> 0',
  )
  expect(rows).toEqual([])
})
