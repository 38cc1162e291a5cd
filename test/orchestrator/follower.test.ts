// Whoever follows the events while Postgres is in trouble: goes on when it is over, and leaves what it
// had read to the next one when it is stopped first.
import { afterAll, beforeAll, it } from 'vitest'
import { noKeys } from '../../messaging/cipher.ts'
import { realClock } from '../../messaging/clock.ts'
import type { Db } from '../../messaging/db.ts'
import { silentLog } from '../../messaging/log.ts'
import { eventsTopic } from '../../messaging/topics.ts'
import { createRegistry } from '../../orchestrator/definition/registry.ts'
import { Follower, followersGroup } from '../../orchestrator/follow/follower.ts'
import { createRowCipher } from '../../orchestrator/store/row-cipher.ts'
import { awaitUntil } from '../system/await-until.ts'
import { EngineWorld, openBus, type RunningOrchestrator } from './engine-world.ts'
import { shipParcel } from './parcels.ts'

const definitions = [shipParcel({})]

let world: EngineWorld
let orchestrator: RunningOrchestrator

beforeAll(async () => {
  world = await EngineWorld.start(definitions)
  orchestrator = await world.startOrchestrator({ definitions })
  await world.startParcels()
  await orchestrator.client.start('ship-parcel', { parcel: 'a book' }, { waitS: 50 })
  await awaitUntil('it is found', async () => (await foundSagas()) === 1)
  await orchestrator.stop()
})
afterAll(() => world.stop())

async function foundSagas(): Promise<number> {
  const { rows } = await world.sagasDb.query<{ readonly found: number }>(
    'select count(*)::int as found from saga_search',
  )
  return rows[0]?.found ?? 0
}

/** So many transactions find nobody. */
function brokenDb(failures: number) {
  const tries = { made: 0 }
  const db: Db = {
    ...world.sagasDb,
    transaction: (work, how) => {
      tries.made += 1
      const away = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      return tries.made <= failures ? Promise.reject(away) : world.sagasDb.transaction(work, how)
    },
  }
  return { db, tries }
}

async function follow(db: Db) {
  const bus = await openBus()
  const rows = createRowCipher(createRegistry(definitions), noKeys)
  const follower = new Follower({ bus, db, rows, clock: realClock, log: silentLog })
  follower.start()
  return {
    lag: async () => (await bus.lag(followersGroup, [eventsTopic]))[eventsTopic],
    stop: async () => {
      await follower.stop()
      await bus.stop()
    },
  }
}

it('goes on when Postgres is back, and what it could not keep is read by the next one', async () => {
  await world.sagasDb.query('truncate saga_search, stats_sagas, stats_windows, stats_partitions')
  const away = brokenDb(Number.POSITIVE_INFINITY)
  const first = await follow(away.db)
  await writeAgain()
  await awaitUntil('it has tried twice', async () => away.tries.made >= 2)
  await awaitUntil('nothing is marked', async () => ((await first.lag()) ?? 0) > 0)
  await first.stop()
  const second = await follow(brokenDb(2).db)
  await awaitUntil('it is found again', async () => (await foundSagas()) === 1)
  await awaitUntil('all of it is marked', async () => (await second.lag()) === 0)
  await second.stop()
}, 180_000)

/** The events of all sagas, as after a publication that nobody had confirmed. */
async function writeAgain(): Promise<void> {
  for (const { key, headers, ...record } of await world.kafka.read(eventsTopic)) {
    const texts = Object.entries(headers).map(([name, value]) => [name, value.toString()])
    const written = { ...record, key: key?.toString() ?? null }
    await world.kafka.write({ ...written, headers: Object.fromEntries(texts) })
  }
}
