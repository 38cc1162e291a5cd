// A start asks which definitions living sagas have, and reads the table of sagas for that only when
// some instance served one that it lacks.
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Db, Tx } from '../../messaging/db.ts'
import { definitionKey } from '../../orchestrator/definition/registry.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import {
  findServedDefinitions,
  markLeaving,
  retireDefinitions,
} from '../../orchestrator/store/served-definitions.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld } from './engine-world.ts'
import { shipParcel } from './parcels.ts'

const first = shipParcel({})
const second = Object.freeze({ ...shipParcel({}), version: 2, hash: 'second' })

let world: EngineWorld

beforeEach(async () => {
  world = await EngineWorld.start([first])
})
afterEach(() => world.stop())

/** Starts one; answers it, and how often it looked at all sagas. */
async function startCounted(definitions: readonly SagaDefinition[]) {
  let looks = 0
  const counting = (tx: Tx): Tx => ({
    ...tx,
    query: (sql, values) => {
      if (typeof sql !== 'string' && sql.name === 'sagas.living-definitions') looks += 1
      return tx.query(sql, values)
    },
  })
  const wrapDb = (db: Db): Db => ({
    ...db,
    transaction: (work, options) => db.transaction((tx) => work(counting(tx)), options),
  })
  const running = await world.startOrchestrator({ definitions, wrapDb })
  return { running, looks }
}

const served = async () => (await findServedDefinitions(world.sagasDb)).toSorted()

it('a start with all that was ever served does not read the table of sagas', async () => {
  const modern = await startCounted([first, second])
  expect(modern.looks).toBe(0)
  await modern.running.client.start('ship-parcel', { parcel: 'waits' })
  await modern.running.stop()
  expect(await served()).toEqual([first, second].map(definitionKey))
  expect((await startCounted([first, second])).looks).toBe(0)
})

it('a definition without living sagas is looked for once, and then forgotten', async () => {
  const modern = await startCounted([first, second])
  await modern.running.stop()
  const lacking = await startCounted([first])
  expect(lacking.looks).toBe(1)
  expect(await served()).toEqual([definitionKey(first)])
  await lacking.running.stop()
  expect((await startCounted([first])).looks).toBe(0)
})

it('while a saga has it, a definition stays, and every start without it is refused', async () => {
  const modern = await startCounted([first, second])
  await modern.running.client.start('ship-parcel', { parcel: 'waits' })
  await modern.running.stop()
  for (const _ of ['once', 'twice']) {
    await expect(startCounted([first])).rejects.toMatchObject({ code: 'DEFINITION_MISSING' })
  }
  expect(await served()).toEqual([first, second].map(definitionKey))
})

it('while an instance has it, a definition stays', async () => {
  const modern = await startCounted([first, second])
  expect((await startCounted([first])).looks).toBe(1)
  expect(await served()).toEqual([first, second].map(definitionKey))
  await modern.running.stop()
})

it('one that an instance came with during the look stays, also when that one is gone', async () => {
  const modern = await startCounted([first, second])
  await modern.running.stop()
  const key = definitionKey(second)
  expect(await markLeaving(world.sagasDb, [key])).toEqual([key])
  const again = await startCounted([first, second])
  await again.running.stop()
  await retireDefinitions(world.sagasDb, [key])
  expect(await served()).toContain(key)
})

it('one that an instance of an older release has is known', async () => {
  const modern = await startCounted([first])
  const id = randomUUID()
  await world.sagasDb.query('insert into instances (id, definitions) values ($1, $2)', [
    id,
    ['other@1#abc'],
  ])
  expect(await served()).toEqual(['other@1#abc', definitionKey(first)])
  await awaitUntil('a beat writes it down', async () => {
    const { rows } = await world.sagasDb.query('select from served_definitions')
    return rows.length === 2
  })
  await modern.running.stop()
})

it('the migration takes what living sagas and instances have', async () => {
  const modern = await startCounted([first, second])
  await modern.running.client.start('ship-parcel', { parcel: 'waits' })
  await modern.running.stop()
  await world.sagasDb.query('insert into instances (id, definitions) values ($1, $2)', [
    randomUUID(),
    [definitionKey(first)],
  ])
  await world.sagasDb.query('drop table served_definitions')
  const file = new URL('../../migrations/orchestrator/0014_served_definitions.sql', import.meta.url)
  await world.sagasDb.query(await readFile(file, 'utf8'))
  const { rows } = await world.sagasDb.query('select * from served_definitions order by definition')
  const keys = [first, second].map(definitionKey)
  expect(rows).toEqual(keys.map((definition) => ({ definition, is_leaving: false })))
})
