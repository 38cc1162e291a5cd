// A start asks which definitions living sagas have, and reads the table of sagas for that only when
// some instance served one that it lacks.
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Db, Tx } from '../../messaging/db.ts'
import { definitionKey } from '../../orchestrator/definition/registry.ts'
import type { SagaDefinition } from '../../orchestrator/definition/saga-definition.ts'
import {
  findServedDefinitions,
  retireDefinitions,
} from '../../orchestrator/store/served-definitions.ts'
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

const served = async () =>
  (await findServedDefinitions(world.sagasDb)).map(({ definition }) => definition).toSorted()

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

it('while an instance has it, a definition stays', async () => {
  const modern = await startCounted([first, second])
  expect((await startCounted([first])).looks).toBe(1)
  await retireDefinitions(world.sagasDb, [definitionKey(second)])
  expect(await served()).toEqual([first, second].map(definitionKey))
  await modern.running.stop()
})
